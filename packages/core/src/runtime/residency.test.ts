import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { grad, jit, lax, np, scan, type Tensor } from '../index.js'
import type { ConcreteTensor } from '../tensor.js'
import { residentBytes, setBudget } from './residency.js'

const normal = setBudget(0)
setBudget(normal)
afterEach(() => {
  setBudget(normal)
})

const size = 40_000 // elements: large enough to stay in kernel memory
const ramp = (step: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.fround(i * step))
const bits = (x: Tensor): Buffer => Buffer.from(x.data().buffer)

/** A tensor, and what it has to hold for ever. */
interface Tracked {
  readonly tensor: Tensor
  readonly expected: Buffer
}

/** What programs do to tensors; each is computed from arrays that are nobody else's for comparison. */
const operations: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.add(b),
  (a) => np.sin(a),
  (a, b) => np.maximum(a, b).mul(0.5),
  (a) => a.reshape([200, 200]).T.add(1).reshape([size]),
  (a) => np.flip(a),
  (a, b) => np.concatenate([a.slice({ stop: size / 2 }), b.slice({ start: size / 2 })]),
  (a) =>
    a
      .reshape([200, 200])
      .sum({ axis: 0 })
      .slice(np.arange(200))
      .add(a.reshape([200, 200]))
      .reshape([size]),
  (a, b) => jit((x: Tensor, y: Tensor) => x.sub(y).mul(0.25))(a, b),
  (a, b) => jit((x: Tensor, y: Tensor) => [x, np.tanh(y)] as const)(a, b)[1],
  (a, b) => jit((x: Tensor, y: Tensor) => grad((v: Tensor) => np.tanh(v).mul(y).sum())(x))(a.T, b),
  (a) => jit((x: Tensor) => lax.rev(x.reshape([200, 200]), [1]))(a.reshape([200, 200]).T).reshape([size]),
  (a) => scan((c: Tensor): readonly [Tensor, null] => [c.mul(0.5), null], a, null, { length: 3 })[0],
  (a) => np.broadcastTo(a.slice(7), [size]).add(1),
]

describe('tensors in kernel memory', () => {
  it('keep their numbers, whatever happens around them and however little room there is', () => {
    const step = fc.record({
      operation: fc.nat(operations.length - 1),
      a: fc.nat(1000),
      b: fc.nat(1000),
      read: fc.boolean(),
      forget: fc.nat(3),
      budget: fc.constantFrom(0, 200_000, 520_000, 1_600_000, normal),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const alive: Tracked[] = [0.5, 0.01].map((s) => {
          const tensor = np.array(ramp(s))
          return { tensor, expected: bits(tensor) }
        })
        for (const { operation, a, b, read, forget, budget } of steps) {
          setBudget(budget)
          const f = operations[operation] as (typeof operations)[number]
          const [x, y] = [alive[a % alive.length] as Tracked, alive[b % alive.length] as Tracked]
          const tensor = f(x.tensor, y.tensor)
          // The same from fresh arrays, with nothing left from before.
          const fresh = (t: Tracked): Tensor => np.array(new Float32Array(t.expected.buffer.slice(0)))
          alive.push({ tensor, expected: bits(f(fresh(x), fresh(y))) })
          if (read) expect(bits(x.tensor).equals(x.expected)).toBe(true)
          if (forget === 0) alive.splice(a % alive.length, alive.length > 2 ? 1 : 0)
        }
        for (const { tensor, expected } of alive) expect(bits(tensor).equals(expected)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('take no more than their budget in a synchronous loop', () => {
    setBudget(2 ** 20)
    let x = np.array(ramp(1))
    for (let i = 0; i < 200; i++) x = x.mul(0.5).add(1)
    expect(residentBytes()).toBeLessThanOrEqual(2 ** 20)
    expect(x.slice(0).item()).toBeCloseTo(2)
  })

  it('make way for a program that needs their place', () => {
    const kept = np.array(ramp(2)).add(0)
    const big = jit((x: Tensor) =>
      np.sort(
        np
          .broadcastTo(x, [75, size])
          .add(np.ones([75, 1]))
          .reshape([75 * size]),
      ),
    )
    expect(big(np.array(ramp(1))).size).toBe(75 * size)
    expect(bits(kept).equals(bits(np.array(ramp(2))))).toBe(true)
  })

  it('are read without a copy of their own array', () => {
    const x = np.array(ramp(1)).add(0) as ConcreteTensor
    expect(x.hasArray()).toBe(false)
    expect(x.elements()).toBe(x.elements())
    expect(x.hasArray()).toBe(true)
  })
})
