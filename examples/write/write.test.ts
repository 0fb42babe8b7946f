import { PassThrough } from 'node:stream'
import { np, random } from '@puregrad/core'
import { init } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { figure, resultsOf, shortRun } from '../runner/short-run.js'
import { ask } from './ask.js'
import { anywhere, corpus, drawnPlay, windowsOf } from './corpus.js'
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
  it('is cut into windows, each with what comes next', () => {
    const text = Int32Array.from({ length: 12 }, (_, i) => i)
    const { x, y } = windowsOf(text, 4, 2)
    expect(x.toArray()).toEqual([
      [0, 1, 2, 3],
      [2, 3, 4, 5],
      [4, 5, 6, 7],
      [6, 7, 8, 9],
    ])
    expect(np.all(y.sub(x).eq(1)).item()).toBe(true)
    const drawn = anywhere(text, 4, 100, random.key(0))
    const starts = Array.from({ length: 100 }, (_, i) => drawn.at(i).x.slice(0).item() as number)
    expect([...new Set(starts)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(drawn.at(3).y.toArray()).toEqual(drawn.at(3).x.add(1).toArray())
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

describe('a conversation', () => {
  it('goes on with each line, letter by letter, and ends with an empty one', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const said: string[] = []
    const say = (text: string): void => void said.push(text)
    const talk = ask(
      async function* (line) {
        yield* `${line.length}!`
      },
      say,
      say,
      { input, output },
    )
    input.write('To be\nO\n\nnever\n')
    await talk
    expect(said.slice(1)).toEqual(['To be', '5', '!', '', 'O', '1', '!', ''])
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
