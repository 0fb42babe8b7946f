import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, jit, lax, makeProgram, np, random, scan, type Tensor } from '../index.js'
import { Literal, type Var } from '../program/program.js'
import { arrange } from './arrange.js'
import { planMemory } from './plan.js'

type Function = (...args: Tensor[]) => Tensor | readonly Tensor[]

const normal = (shape: readonly number[], seed: number): Tensor => random.normal(random.key(seed), shape)
const list = (x: Tensor | readonly Tensor[]): readonly Tensor[] => (Array.isArray(x) ? x : [x as Tensor])
const bits = (x: Tensor): readonly number[] => Array.from(new Uint8Array(x.data().buffer))
const sameBits = (f: Function, ...args: Tensor[]): void => {
  const eager = list(f(...args))
  const compiled = list(jit(f as (...a: Tensor[]) => Tensor | Tensor[])(...args))
  eager.forEach((x, i) => {
    expect(bits(compiled[i] as Tensor)).toEqual(bits(x))
  })
}
/** Names of what runs: views and parts that are read in place do not. */
const running = (f: Function, ...args: Tensor[]): readonly string[] => {
  const program = arrange(makeProgram(f as (...a: Tensor[]) => unknown)(...args))
  const results = program.outputs.filter((a): a is Var => !(a instanceof Literal))
  const { views } = planMemory(program, new Set([...program.inputs, ...results]))
  return program.equations.filter((e) => !views.has(e)).map((e) => e.primitive.name)
}

describe('parts of tensors', () => {
  const x = normal([12, 96], 1)
  it('are read in place by loops: differences of neighbours, gates of a cell', () => {
    const differences = (a: Tensor): Tensor =>
      lax
        .slice(a, [1, 0], [12, 96])
        .sub(lax.slice(a, [0, 0], [11, 96]))
        .mul(2)
    expect(running(differences as Function, x)).toEqual(['fused'])
    sameBits(differences as Function, x)
    const shifted = (a: Tensor): Tensor =>
      lax
        .slice(a, [0, 1], [12, 96])
        .add(lax.slice(a, [0, 0], [12, 95]))
        .mul(0.5)
    expect(running(shifted as Function, x)).toEqual(['fused'])
    sameBits(shifted as Function, x)
    const gates = (a: Tensor): Tensor => {
      const [i, f, g, o] = np.split(a, 4, { axis: 1 }) as [Tensor, Tensor, Tensor, Tensor]
      return i.mul(f).add(g.mul(o))
    }
    expect(running(gates as Function, x)).toEqual(['fused'])
    sameBits(gates as Function, x)
    sameBits(grad((a: Tensor) => np.sum(gates(a))) as Function, x)
  })
  it('are read in place by products, and whole rows of them by everything', () => {
    const product = (a: Tensor): Tensor => lax.slice(a, [0, 8], [12, 40]).matmul(lax.slice(a, [0, 40], [12, 72]).T)
    expect(running(product as Function, x)).toEqual(['dotGeneral'])
    sameBits(product as Function, x)
    const rows = (a: Tensor): Tensor => np.exp(lax.slice(a, [3, 0], [9, 96]))
    expect(running(rows as Function, x)).toEqual(['exp'])
    sameBits(rows as Function, x)
    const column = (a: Tensor): Tensor => np.exp(lax.slice(a, [0, 3], [12, 90]))
    expect(running(column as Function, x)).toEqual(['slice', 'exp'])
    sameBits(column as Function, x)
  })
  it('do not keep large intermediate results in memory', () => {
    const little = (a: Tensor): Tensor => lax.slice(np.exp(a), [0, 0], [1, 96]).mul(2).add(1)
    expect(running(little as Function, x)).toEqual(['exp', 'slice', 'fused'])
    sameBits(little as Function, x)
  })
  it('keep what they read while results are written over operands', () => {
    sameBits((a) => {
      const y = np.exp(a as Tensor)
      const upper = lax.slice(y, [1, 0], [3, 96])
      return lax.dynamicUpdateSlice(y, upper, [0, 0]).mul(2).add(1)
    }, x)
    sameBits(
      (a) =>
        scan(
          (c: Tensor): readonly [Tensor, Tensor] => {
            const [left, right] = np.split(c, 2, { axis: 1 }) as [Tensor, Tensor]
            return [np.concatenate([right.mul(0.5), left], { axis: 1 }), left]
          },
          a as Tensor,
          null,
          { length: 5 },
        ) as unknown as readonly Tensor[],
      x,
    )
  })
  it('give the bits of copies in random programs', () => {
    const steps: readonly ((a: Tensor, b: Tensor, k: number) => Tensor)[] = [
      (a, b) => a.add(b).mul(0.5),
      (a, b) => a.mul(b).sub(a),
      (a) => np.tanh(a),
      (a, b, k) => lax.slice(np.concatenate([a, b], { axis: 0 }), [k, 0], [k + 12, 96]),
      (a, b, k) => lax.slice(np.concatenate([a, b], { axis: 1 }), [0, k], [12, k + 96]),
      (a, _, k) => lax.slice(a, [k, 0], [k + 1, 96]).add(a),
      (a, b, k) => lax.slice(a, [0, k], [12, k + 1]).mul(b),
      (a, b) => {
        const [p, q, r] = np.split(a, 3, { axis: 1 }) as [Tensor, Tensor, Tensor]
        return np.concatenate([q.add(r), p.mul(lax.slice(b, [0, 5], [12, 37])), r], { axis: 1 })
      },
      (a, b) =>
        lax
          .slice(a, [0, 0], [12, 48])
          .matmul(lax.slice(b, [0, 48], [12, 96]).T)
          .matmul(a)
          .mul(0.01),
      (a, b, k) => lax.dynamicUpdateSlice(a, lax.slice(b, [k, 0], [k + 1, 96]), [11 - k, 0]),
      (a, b) => lax.slice(np.concatenate([a, b], { axis: 1 }), [0, 0], [12, 192], [1, 2]),
      (a) => a.T.reshape(12, 96),
    ]
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(20), fc.nat(20), fc.nat(10)), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.nat(1000),
        (chosen, seed) => {
          const f = (a: Tensor, b: Tensor): Tensor => {
            const values = [a, b]
            for (const [s, i, j, k] of chosen) {
              const step = steps[s] as (a: Tensor, b: Tensor, k: number) => Tensor
              values.push(step(values[i % values.length] as Tensor, values[j % values.length] as Tensor, k))
            }
            return values[values.length - 1] as Tensor
          }
          const [a, b] = [normal([12, 96], seed), normal([12, 96], seed + 1)]
          sameBits(f as Function, a, b)
          sameBits(grad((p: Tensor, q: Tensor) => np.sum(f(p, q)), { argnums: [0, 1] }) as Function, a, b)
        },
      ),
      { numRuns: 80 },
    )
  })
})
