import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { golden } from '../../test/golden.js'
import { bpeTask, trainBpe } from './bpe.js'

interface Golden {
  readonly texts: readonly string[]
  readonly odd: string
  readonly bpe: { readonly tokens: readonly string[]; readonly ids: readonly number[] }
}
const { texts, odd, bpe } = golden<Golden>('tokenizers')
const sizes = { size: 340, specials: ['<end>'] } as const

describe('byte-pair encoding of bytes', () => {
  const trained = trainBpe(texts, sizes)

  it('learns the tokens of Hugging Face’s tokenizers, in their order', () => {
    expect(trained.tokens).toEqual(bpe.tokens)
    expect(trained.size).toBe(340)
  })

  it('gives their numbers, and the text back', () => {
    expect([...trained.encode(odd)]).toEqual(bpe.ids)
    expect(trained.decode(bpe.ids)).toBe(odd)
    expect(trained.decode(bpe.ids, { skipSpecials: true })).toBe(odd.replaceAll('<end>', ''))
  })

  it('gives every well-formed string back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(trained.decode(trained.encode(text))).toBe(text)
      }),
    )
  })

  it('learns nothing across a special symbol, nor of it', () => {
    const many = Array.from({ length: 20 }, () => 'a<end>b')
    const tokens = trainBpe(many, { size: 300, specials: ['<end>'] }).tokens
    expect(tokens).toHaveLength(257)
  })

  it('of one long word is not quadratic', () => {
    const word = 'was'.repeat(100_000)
    const before = process.cpuUsage()
    expect(trained.decode(trained.encode(word)) === word).toBe(true)
    // Some 0.3 s; the square of 300,000 would take minutes.
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000)
  })
})

describe('byte-pair encoding of characters', () => {
  it('begins with those that occur, by code point', () => {
    const trained = trainBpe(['low lower lowest'], { size: 11, level: 'character' })
    expect(trained.tokens).toEqual([' ', 'e', 'l', 'o', 'r', 's', 't', 'w', 'lo', 'low', ' low'])
    expect(Array.from(trained.encode('lowest slow'), (id) => trained.tokens[id])).toEqual([
      'low',
      'e',
      's',
      't',
      ' ',
      's',
      'low',
    ])
  })

  it('merges in the order that was learnt, not the longest token first', () => {
    // ' b' is not there: bc occurs most often, then ab.
    const trained = trainBpe(['bc bc bc ab ab'], { size: 99, level: 'character', minCount: 2 })
    expect(Array.from(trained.encode('abc'), (id) => trained.tokens[id])).toEqual(['a', 'bc'])
  })

  it('gives a symbol, or refuses what it does not know', () => {
    const options = { size: 20, level: 'character', specials: ['?'], unknown: '?' } as const
    const trained = trainBpe(['ab ab'], options)
    expect(trained.decode(trained.encode('aXYb'))).toBe('a??b')
    expect(() => trainBpe(['ab'], { size: 20, level: 'character' }).encode('aXb')).toThrow(/no token has "X"/)
  })

  it('takes no pair that is rare, and never more tokens than it may have', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ') })), fc.nat(20), (lines, more) => {
        const characters = new Set(lines.join('')).size
        const trained = trainBpe(lines, { size: characters + more, level: 'character' })
        expect(trained.size).toBeLessThanOrEqual(characters + more)
        for (const line of lines) expect(trained.decode(trained.encode(line))).toBe(line)
      }),
    )
  })

  it('says when there are more characters than tokens', () => {
    expect(() => trainBpe(['abcdef'], { size: 3, level: 'character' })).toThrow(/are 6 already/)
    expect(() => trainBpe(['abc'], { size: 255 })).toThrow(/size is 255/)
    expect(() => trainBpe(['abc'], { size: 300, level: 'word' as never })).toThrow(/level is 'word'/)
  })
})

describe('a task', () => {
  it('does the same step by step, and tells how far it is', () => {
    const running = bpeTask(texts, sizes).steps()
    const phases = new Set<string>()
    for (let step = running.next(); ; step = running.next()) {
      if (step.done) {
        expect(step.value.tokens).toEqual(bpe.tokens)
        break
      }
      expect(step.value.done).toBeLessThanOrEqual(step.value.total)
      phases.add(step.value.phase)
    }
    expect([...phases]).toEqual(['counting', 'finding', 'merging'])
    const seen: string[] = []
    trainBpe(texts, { ...sizes, progress: ({ phase }) => seen.push(phase) })
    expect(new Set(seen)).toEqual(phases)
  })

  it('has the program that its sources give: node scripts/trainer.mjs writes it', async () => {
    const root = new URL('../../../../', import.meta.url)
    const { trainerFile } = (await import(new URL('scripts/trainer.mjs', root).href)) as {
      readonly trainerFile: () => Promise<string>
    }
    const kept = readFileSync(new URL('packages/models/src/text/training/trainer.generated.ts', root), 'utf8')
    expect(kept === (await trainerFile())).toBe(true)
  })
})
