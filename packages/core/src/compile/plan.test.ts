import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf } from '../dtype.js'
import { makeProgram, np, type Tensor } from '../index.js'
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
