import { random } from '@puregrad/core'
import { init } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { figure, resultsOf, shortRun } from '../runner/short-run.js'
import { corpus, drawnPlay } from './corpus.js'
import { example } from './example.js'
import { nGramNats } from './n-grams.js'
import { continued, natsPerCharacter, writer } from './write.js'

describe('the text', () => {
  it('is a play that is the same every time, with people who speak', () => {
    expect(drawnPlay(40)).toBe(drawnPlay(40))
    expect(drawnPlay(40)).toMatch(/^[A-Z]+:\n/)
    expect(drawnPlay(40).startsWith(drawnPlay(10))).toBe(true)
  })
  it('is parted so that nothing is judged by what was learnt', async () => {
    const read = await corpus(undefined)
    if (read._tag === 'Left') throw new Error('there is a stand-in')
    const { train, validation, test, vocabulary } = read.right
    const whole = vocabulary.encode(drawnPlay(1200))
    expect(train.length + validation.length + test.length).toBe(whole.length)
    expect(test.length / whole.length).toBeCloseTo(0.1, 3)
    expect([...test]).toEqual([...whole.subarray(whole.length - test.length)])
    expect([...train.subarray(0, 50)]).toEqual([...whole.subarray(0, 50)])
  })
})

describe('counting', () => {
  it('mixes contexts with shorter ones, as often as they had different followers', () => {
    const [train, test] = [Int32Array.of(0, 1, 0, 1, 0, 2), Int32Array.of(0, 1)]
    // 3 of 6, 2 of 6 and 1 of 6, of 3 kinds, over equally likely ones; after 0: 1 twice and 2 once, of 2 kinds.
    const alone = (2 + 3 / 3) / (6 + 3)
    expect(nGramNats(train, test, 1, 3)).toEqual([-Math.log(alone), -Math.log((2 + 2 * alone) / (3 + 2))])
  })
})

describe('the writer', () => {
  it('goes on for as long as it is asked, whatever its window, and the same for the same key', async () => {
    const read = await corpus(undefined)
    if (read._tag === 'Left') throw new Error('there is a stand-in')
    const { vocabulary, test } = read.right
    const model = writer(vocabulary.size, 16, 1, 8)
    const variables = init(model, [8], random.key(0))
    const asked = { length: 19, context: 8, key: random.key(1) }
    const text = async (): Promise<string> => {
      const letters: string[] = []
      for await (const letter of continued(model, variables, vocabulary, 'ROMEO:\n', asked)) letters.push(letter)
      return letters.join('')
    }
    const written = await text()
    expect(written.length).toBe(19)
    expect(await text()).toBe(written)
    const odd: string[] = []
    for await (const letter of continued(model, variables, vocabulary, 'R☃O', asked)) odd.push(letter)
    expect(odd.length).toBe(19)
    expect(natsPerCharacter(model, variables, test.subarray(0, 200), 8)).toBeCloseTo(Math.log(vocabulary.size), 0)
  })

  it('learns, through the runner, and streams what it writes', async () => {
    const words = [
      '--steps',
      '60',
      '--width',
      '32',
      '--layers',
      '1',
      '--context',
      '16',
      '--characters',
      '40',
      '--validate',
      '1',
    ]
    const run = await shortRun(example, words)
    const { figures, trainingSeconds } = resultsOf(run)
    expect(Object.keys(trainingSeconds)).toEqual(['gpt'])
    const counted = figures.counted as readonly number[]
    expect(counted[3]).toBeLessThan(counted[1] as number)
    expect(figure(figures, 'order 3')).toBe(counted[3])
    expect(figure(figures, 'gpt')).toBeLessThan(counted[0] as number)
    expect((figures.written as string).length).toBe(47)
    expect(run.text).toContain(figures.written)
    expect(run.files['write.svg']).toContain('GPT')
  }, 120_000)
})
