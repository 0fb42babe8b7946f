import { jit, np, random, type Tensor, vmap } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { golden } from '../../test/golden.js'
import type { Past, Processor } from './index.js'
import * as decode from './index.js'
import { processorOf } from './options.js'

type Rows = readonly (readonly (number | null)[])[]
const fixture = golden<{
  readonly logits: Rows
  readonly tokens: readonly (readonly number[])[]
  readonly prompt: number
  readonly cases: Readonly<Record<string, Rows>>
}>('decode')

const logits = np.array(fixture.logits as never)
const [rows, said] = [fixture.tokens.length, fixture.tokens[0]?.length as number]
/** What was said, with room behind it that nothing may look at. */
const past: Past = {
  tokens: np.array(fixture.tokens.map((row) => [...row, 9, 10, 11]) as never).astype('int32'),
  known: np.array(said, { dtype: 'int32' }),
  chosen: np.full([rows], said - fixture.prompt, { dtype: 'int32' }),
}

const processors: Readonly<Record<string, Processor>> = {
  temperature: decode.temperature(0.7),
  topK: decode.topK(4),
  topP: decode.topP(0.8),
  minP: decode.minP(0.1),
  typical: decode.typical(0.6),
  repetitionPenalty: decode.repetitionPenalty(1.3),
  presencePenalty: decode.presencePenalty(0.4),
  frequencyPenalty: decode.frequencyPenalty(0.4),
  noRepeat: decode.noRepeat(2),
  noRepeat3: decode.noRepeat(3),
  all: processorOf({ length: 1, topP: 0.9, topK: 6, repetitionPenalty: 1.3, temperature: 0.7 }),
}

const listed = (x: Tensor): Rows =>
  (x.toArray() as number[][]).map((row) => row.map((v) => (v === Number.NEGATIVE_INFINITY ? null : v)))

const expectRows = (found: Tensor, expected: Rows): void =>
  listed(found).forEach((row, r) => {
    row.forEach((value, i) => {
      const wanted = expected[r]?.[i]
      if (value === null || wanted === null) expect([r, i, value]).toEqual([r, i, wanted])
      else expect(Math.abs(value - (wanted as number))).toBeLessThanOrEqual(1e-5)
    })
  })

describe('processors', () => {
  it.each(Object.keys(fixture.cases))('%s does what Hugging Face says, jitted too', (name) => {
    const f = processors[name] as Processor
    expectRows(f(logits, past), fixture.cases[name] as Rows)
    expect(listed(jit((x: Tensor, p: Past) => f(x, p))(logits, past))).toEqual(listed(f(logits, past)))
  })

  it.each(Object.keys(processors))(
    '%s does to each row what it does to it alone, over a batch of batches too',
    (name) => {
      const f = processors[name] as Processor
      const whole = f(logits, past)
      for (let r = 0; r < rows; r++) {
        const one = { start: r, stop: r + 1 }
        const alone = f(logits.slice(one), { ...past, tokens: past.tokens.slice(one), chosen: past.chosen.slice(one) })
        expect(alone.toArray()).toEqual(whole.slice(one).toArray())
      }
      const two = vmap((x: Tensor) => f(x, past))(np.stack([logits, logits.neg()]))
      expect(two.slice(0).toArray()).toEqual(whole.toArray())
      expect(two.slice(1).toArray()).toEqual(f(logits.neg(), past).toArray())
    },
  )

  it('take amounts that are traced', () => {
    const f = (x: Tensor, amount: Tensor): Tensor =>
      decode.chain(
        decode.temperature(amount),
        decode.topP(amount),
        decode.minP(amount.mul(0.1)),
        decode.typical(amount),
      )(x, past)
    const fixed = decode.chain(decode.temperature(0.75), decode.topP(0.75), decode.minP(0.075), decode.typical(0.75))
    expect(jit(f)(logits, np.array(0.75)).toArray()).toEqual(fixed(logits, past).toArray())
  })

  it('keep what float64 holds', () => {
    for (const f of Object.values(processors)) expect(f(logits.astype('float64'), past).dtype).toBe('float64')
  })
})

describe('chain', () => {
  const some = fc.constantFrom(...Object.values(processors))
  const at = (f: Processor, x: Tensor): unknown => f(x, past).toArray()
  const drawn = fc.nat(1000).map((seed) => random.normal(random.key(seed), [rows, 12]).mul(3))
  it('is associative, with chain() on either side of it', () => {
    fc.assert(
      fc.property(some, some, some, drawn, (f, g, h, x) => {
        const { concat, empty } = decode.Monoid
        expect(at(concat(concat(f, g), h), x)).toEqual(at(concat(f, concat(g, h)), x))
        expect(at(concat(f, empty), x)).toEqual(at(f, x))
        expect(at(concat(empty, f), x)).toEqual(at(f, x))
        expect(at(decode.chain(f, g, h), x)).toEqual(at(concat(f, concat(g, h)), x))
      }),
      { numRuns: 20 },
    )
  })
  it('says what is no processor', () => {
    expect(() => decode.chain(decode.topK(1), 3 as never)).toThrow('argument 2 of 2 is no function')
  })
})

describe('cuts', () => {
  it('that are as wide as all change nothing', () => {
    for (const f of [
      decode.topK(12),
      decode.topK(99),
      decode.topP(1),
      decode.minP(0),
      decode.typical(1),
      decode.temperature(1),
    ])
      expect(f(logits, past).toArray()).toEqual(logits.toArray())
    for (const f of [
      decode.repetitionPenalty(1),
      decode.presencePenalty(0),
      decode.frequencyPenalty(0),
      decode.ban([]),
    ])
      expect(f(logits, past).toArray()).toEqual(logits.toArray())
  })
  it('of equally likely tokens keep the first, and never none', () => {
    const level = np.zeros([1, 4])
    expect(listed(decode.topP(0.5)(level, past))).toEqual([[0, 0, null, null]])
    expect(listed(decode.topP(1e-9)(level, past))).toEqual([[0, null, null, null]])
    expect(listed(decode.typical(1e-9)(level, past))).toEqual([[0, null, null, null]])
    expect(listed(decode.temperature(0)(level, past))).toEqual([[0, null, null, null]])
    expect(listed(decode.minP(1)(np.array([[1, 5, 2]]), past))).toEqual([[null, 5, null]])
  })
  it('go on where others removed tokens', () => {
    const cut = decode.chain(decode.ban([1]), decode.topK(2), decode.typical(0.99))
    expect(listed(cut(np.array([[3, 9, 1, 2]]), past))).toEqual([[3, null, null, 2]])
  })
})

describe('constraints', () => {
  it('bans, biases and least lengths are what they say', () => {
    const x = np.array([
      [1, 2, 3],
      [4, 5, 6],
    ])
    const two: Past = {
      tokens: np.zeros([2, 4], { dtype: 'int32' }),
      known: np.array(3, { dtype: 'int32' }),
      chosen: np.array([1, 2], { dtype: 'int32' }),
    }
    expect(listed(decode.ban([0, 2])(x, two))).toEqual([
      [null, 2, null],
      [null, 5, null],
    ])
    expect(listed(decode.bias({ 0: 10, 2: Number.NEGATIVE_INFINITY })(x, two))).toEqual([
      [11, 2, null],
      [14, 5, null],
    ])
    expect(
      decode
        .bias(np.array([1, 0, -1]))(x, two)
        .toArray(),
    ).toEqual([
      [2, 2, 2],
      [5, 5, 5],
    ])
    expect(listed(decode.minLength(2, [2])(x, two))).toEqual([
      [1, 2, null],
      [4, 5, 6],
    ])
  })
  it.each([
    [() => decode.ban([-1]), '-1 is no token'],
    [() => decode.ban([3])(np.zeros([1, 3]), past), '3 is no token, and the vocabulary has 3'],
    [() => decode.bias({ a: 1 } as never), 'NaN is no token'],
    [() => decode.bias({ 7: 1 })(np.zeros([1, 3]), past), '7 is no token'],
    [() => decode.bias(np.zeros([2]))(np.zeros([1, 3]), past), 'one number is needed for each'],
    [() => decode.topK(0), 'k is 0, and has to be a whole number from 1 up'],
    [() => decode.topP(1.5), 'above 0 and at most 1'],
    [() => decode.minP(-1), 'between 0 and 1'],
    [() => decode.typical(0), 'above 0 and at most 1'],
    [() => decode.temperature(-1), '≥ 0'],
    [() => decode.temperature('1' as never), '≥ 0'],
    [() => decode.repetitionPenalty(0), 'positive'],
    [() => decode.presencePenalty(Number.NaN), 'a number'],
    [() => decode.noRepeat(1.5), 'a whole number from 1 up'],
    [() => decode.minLength(-1, []), 'a whole number from 0 up'],
  ])('teach what does not fit: %#', (call, message) => {
    expect(call).toThrow(message)
  })
})
