import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DonatedTensorError, grad, jit, lax, makeProgram, np, random, type Tensor } from '../index.js'
import type { Program, Var } from '../program/program.js'
import { arrange } from './arrange.js'
import { inheritances, updateEarly } from './inherit.js'

const normal = (shape: readonly number[], seed: number): Tensor => random.normal(random.key(seed), shape)
const bits = (x: Tensor): string => {
  const { buffer, byteOffset, byteLength } = x.data()
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}
type Step = (...args: Tensor[]) => readonly Tensor[]
const program = (f: Step, ...args: Tensor[]): Program => arrange(makeProgram(f as (...a: Tensor[]) => unknown)(...args))
/** Positions of results and of the inputs whose places they have. */
const heirsOf = (f: Step, givenUp: readonly number[], ...args: Tensor[]): readonly (readonly [number, number])[] => {
  const own = program(f, ...args)
  return [...inheritances(own, new Set(givenUp.map((i) => own.inputs[i] as Var)))].map(([v, p]) => [
    own.outputs.indexOf(v),
    own.inputs.indexOf(p),
  ])
}
const [a, b] = [normal([200, 300], 1), normal([200, 300], 2)]

describe('results in the places of inputs', () => {
  it('are those that are made of them element by element, once nobody else reads them', () => {
    expect(heirsOf((p, g) => [(p as Tensor).sub((g as Tensor).mul(0.1))], [0], a, b)).toEqual([[0, 0]])
    expect(heirsOf((p, g) => [(p as Tensor).sub((g as Tensor).mul(0.1))], [], a, b)).toEqual([])
    // What is read later than the result, or elsewhere than at its positions, stays.
    expect(heirsOf((p) => [np.exp((p as Tensor).T).T.matmul(p as Tensor)], [0], normal([200, 200], 1))).toEqual([])
    expect(heirsOf((p) => [np.flip(p as Tensor)], [0], a)).toEqual([])
    expect(heirsOf((p) => [p as Tensor, np.exp(p as Tensor)], [0], a)).toEqual([])
    // One place is for one result.
    expect(heirsOf((p) => [np.exp(p as Tensor), np.sin(p as Tensor)], [0], a)).toHaveLength(1)
    // An input that was read before may go to anybody of its size.
    expect(heirsOf((p, q) => [np.flip(np.exp(np.flip(p as Tensor)).add(q as Tensor))], [0], a, b)).toEqual([[0, 0]])
  })
  it('leave other tensors with the same numbers alone', () => {
    const step = jit((p: Tensor, q: Tensor) => [p.add(1), q.reshape(-1)] as const, { donateArgnums: 0 })
    const p = np.exp(normal([200, 300], 3))
    const q = p.reshape(300, 200)
    const before = bits(q)
    const [next, kept] = step(p, q)
    expect(bits(kept as Tensor)).toBe(before)
    expect(bits(next as Tensor)).toBe(bits(np.exp(normal([200, 300], 3)).add(1)))
  })
  it('give up what was there, which says so', () => {
    const step = jit((p: Tensor) => p.mul(2), { donateArgnums: 0 })
    const p = np.exp(a)
    const expected = bits(np.exp(a).mul(2))
    const next = step(p)
    expect(() => p.data()).toThrow(DonatedTensorError)
    expect(bits(next)).toBe(expected)
    expect(bits(step(step(next)))).toBe(bits(np.exp(a).mul(8)))
  })
  it('are what they are elsewhere, in loops of steps and random programs', () => {
    const steps: readonly ((x: Tensor, y: Tensor, k: number) => Tensor)[] = [
      (x, y) => x.add(y).mul(0.5),
      (x) => np.tanh(x),
      (x, y, k) => x.at({ start: k, stop: k + 3 }).set(y.slice({ start: 2 * k, stop: 2 * k + 3 })),
      (x, y, k) => lax.dynamicUpdateSlice(x, lax.slice(y, [k, 0], [k + 5, 300]), [k + 2, 0]),
      (x, y) => x.matmul(y.T).matmul(x).mul(0.001),
      (x) => np.flip(x, { axis: 0 }),
      (x, y) => x.sub(np.mean(y, { axis: 0 })),
      (x, y) => lax.softmax(x).mul(y),
      (x) => x.reshape(300, 200).T.reshape(200, 300),
      (x, y, k) => lax.slice(np.concatenate([x, y], { axis: 0 }), [k, 0], [k + 200, 300]),
    ]
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(20), fc.nat(20), fc.nat(20)), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }),
        fc.subarray([0, 1, 2]),
        (chosen, returned, donateArgnums) => {
          const f: Step = (...args) => {
            const values = [...args]
            for (const [s, i, j, k] of chosen) {
              const step = steps[s] as (typeof steps)[number]
              values.push(step(values[i % values.length] as Tensor, values[j % values.length] as Tensor, k))
            }
            return returned.map((i) => values[values.length - 1 - (i % chosen.length)] as Tensor)
          }
          const fresh = (): readonly Tensor[] => [1, 2, 3].map((seed) => normal([200, 300], seed))
          const stepped = jit(f as (...args: Tensor[]) => readonly Tensor[], { donateArgnums })
          for (const args of [fresh(), fresh()]) expect(stepped(...args).map(bits)).toEqual(f(...fresh()).map(bits))
        },
      ),
      { numRuns: 30 },
    )
  }, 60_000)
})

describe('large updates', () => {
  const shape = [1100, 1000]
  /** Three layers and a plain descent step. */
  const loss = (ws: readonly Tensor[], x: Tensor): Tensor =>
    np.mean(np.square(ws.reduce((h, w) => np.tanh(h.matmul(w)), x)))
  const step = (u: Tensor, v: Tensor, w: Tensor, x: Tensor): readonly Tensor[] => {
    const ws = [u, v, w]
    const gradients = grad(loss)(ws, x)
    return ws.map((p, i) => p.sub((gradients[i] as Tensor).mul(0.1)))
  }
  const weights = (): readonly Tensor[] => [
    normal([1000, 1100], 1).mul(0.03),
    normal(shape, 2).mul(0.03),
    normal([1000, 1100], 3).mul(0.03),
  ]
  const x = normal([4, 1000], 4)

  it('stand behind the gradient that they need, and behind those who read what they are written over', () => {
    const plain = program(step as Step, ...weights(), x)
    const givenUp = new Set(plain.inputs.slice(0, 3))
    const early = updateEarly(plain, givenUp)
    expect(new Set(early.equations)).toEqual(new Set(plain.equations))
    expect(inheritances(early, givenUp).size).toBe(3)
    const seen = new Set<unknown>(early.inputs)
    for (const e of early.equations) {
      for (const v of e.inputs) expect(!('abstract' in v) || seen.has(v) || 'value' in v).toBe(true)
      for (const v of e.outputs) seen.add(v)
    }
  })
  it('need less memory, known beforehand, and give the same numbers', () => {
    const [donating, keeping] = [jit(step, { donateArgnums: [0, 1, 2] }), jit(step)]
    const megabytes = (f: typeof keeping): number => f.cost(...weights(), x).peakBytes / 1e6
    // Three results and two of three gradients.
    expect(megabytes(keeping) - megabytes(donating as typeof keeping)).toBeGreaterThan(4.99 * 4.4)
    expect(donating(...(weights() as [Tensor, Tensor, Tensor]), x).map(bits)).toEqual(
      keeping(...(weights() as [Tensor, Tensor, Tensor]), x).map(bits),
    )
  })
})
