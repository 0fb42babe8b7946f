import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf } from '../dtype.js'
import { grad, jit, lax, makeProgram, np, scan, type Tensor } from '../index.js'
import { Literal, type Program, type Var } from '../program/program.js'
import { sizeOf } from '../shape.js'
import { fuse } from './fusion/group.js'
import { optimise } from './optimise.js'
import { placeOf, planMemory } from './plan.js'

const bytes = (v: Var): number => sizeOf(v.abstract.shape) * bytesOf(v.abstract.dtype)

/** Writes that land on a buffer that is read later, by what the offsets say; outputs and inputs lie elsewhere. */
const clashes = (program: Program, external: ReadonlySet<Var>): readonly string[] => {
  const { places, offsets, views, bytes: end } = planMemory(program, external)
  const rootOf = (v: Var | Literal): Var | Literal => placeOf(places, v).root
  const found: string[] = []
  program.equations.forEach((equation, at) => {
    if (views.has(equation)) return
    const later = new Set<Var | Literal>([
      ...program.equations.slice(at + 1).flatMap((e) => e.inputs.map(rootOf)),
      ...program.outputs.map(rootOf),
    ])
    const started = new Set(program.equations.slice(0, at + 1).flatMap((e) => e.outputs.map(rootOf)))
    for (const output of equation.outputs) {
      if (external.has(output)) {
        expect(offsets.has(output)).toBe(false)
        continue
      }
      const start = offsets.get(output) as number
      if (start + bytes(output) > end) found.push(`${output.id} ends outside`)
      for (const other of later) {
        if (other instanceof Literal || other === output || external.has(other) || !started.has(other)) continue
        const from = offsets.get(other) as number
        if (start < from + bytes(other) && from < start + bytes(output)) found.push(`${output.id} over ${other.id}`)
      }
    }
  })
  return found
}

const operations: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.add(b),
  (a, b) => a.mul(b.T),
  (a) => np.exp(a),
  (a) => a.T,
  (a, b) => np.matmul(a, b),
  (a) => a.sum({ axis: 0, keepdims: true }).add(np.zeros([3, 3])),
  (a) => a.reshape([9]).mul(2).reshape([3, 3]),
  (a, b) => np.where(a.gt(b), a, b),
]

describe('planMemory', () => {
  it('never lets a result take memory that is read later', () => {
    const step = fc.tuple(fc.nat(operations.length - 1), fc.nat(100), fc.nat(100))
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), fc.boolean(), (steps, fusing) => {
        const source = makeProgram((x: Tensor, y: Tensor) => {
          const all: Tensor[] = [x, y]
          for (const [op, i, j] of steps) {
            const f = operations[op] as (typeof operations)[number]
            all.push(f(all[i % all.length] as Tensor, all[j % all.length] as Tensor))
          }
          return all.slice(-2)
        })(np.ones([3, 3]), np.ones([3, 3]))
        const program = fusing ? fuse(optimise(source)) : optimise(source)
        const made = new Set(program.equations.flatMap((e) => e.outputs))
        const results = program.outputs.filter((a): a is Var => !(a instanceof Literal) && made.has(a))
        expect(clashes(program, new Set([...program.inputs, ...results]))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('needs no more memory for a long chain than for a short one', () => {
    const chain = (length: number): number => {
      const program = makeProgram((x: Tensor) => Array.from({ length }).reduce<Tensor>((y) => np.sin(y), x))(
        np.ones([64]),
      )
      return planMemory(program, new Set([...program.inputs, ...(program.outputs as readonly Var[])])).bytes
    }
    expect(chain(100)).toBe(chain(3))
  })
})

describe('an update by index that reads what it updates', () => {
  const x = np.array([1, 2, 3, 4, 5, 6, 7, 8])
  const order = [7, 6, 5, 4, 3, 2, 1, 0]
  const shifted = (y: Tensor): Tensor => y.at({ start: 1 }).set(y.slice({ stop: -1 }))
  const updates: Readonly<Record<string, (y: Tensor) => Tensor>> = {
    'a slice, set one further': shifted,
    'all, reversed': (y) => y.at(order).set(y),
    'all, added in another order': (y) => y.at(order).add(y),
    'all, multiplied in another order': (y) => y.at(order).mul(y),
    'the same through a reshape': (y) =>
      y
        .reshape([4, 2])
        .at([3, 2, 1, 0])
        .set(y.reshape([4, 2]))
        .reshape([8]),
    'the first block, one further': (y) => lax.dynamicUpdateSlice(y, lax.slice(y, [0], [5]), [1]),
    'all of it': (y) => lax.dynamicUpdateSlice(y, y, [3]),
    'rows of a matrix': (y) =>
      np
        .outer(y, y)
        .at({ start: 1 })
        .set(np.outer(y, y).slice({ stop: -1 }))
        .sum({ axis: 0 }),
    'at positions that it holds': (y) => {
      const positions = y.mul(8).astype('int32')
      return positions.at(positions).set(positions).astype('float32')
    },
  }
  it.each(Object.entries(updates))('%s', (_, update) => {
    const f = (v: Tensor): Tensor => np.sum(update(np.sin(v)).mul(np.arange(8)))
    expect(jit(f)(x).item()).toBe(f(x).item())
    expect(jit(grad(f))(x).toArray()).toEqual(grad(f)(x).toArray())
  })
  it('reads it as it was in every step of a loop too', () => {
    const step = (c: Tensor): Tensor => shifted(np.sin(c))
    const looped = scan((c: Tensor): readonly [Tensor, null] => [step(c), null], x, null, { length: 5 })[0]
    expect(looped.toArray()).toEqual(Array.from({ length: 5 }).reduce<Tensor>(step, x).toArray())
  })
  it('has the numbers that it has step by step', () => {
    const f = jit((v: Tensor) => np.sum(shifted(np.sin(v))))
    expect(f(x).item()).toBeCloseTo(1.3952036, 6)
  })
})
