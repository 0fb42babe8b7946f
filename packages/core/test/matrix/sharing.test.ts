/**
 * Results that take the memory of operands: every equation that a sample makes, of operands that die with it, each with a buffer of
 * its own, and with two of them in one buffer. Rules say which may be overwritten (`elements`); a wrong one changes numbers here.
 */
import {
  type Equation,
  evaluateProgram,
  jit,
  lax,
  makeProgram,
  np,
  type Program,
  Tensor,
  type Var,
} from '@puregrad/core'
import { passes } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { sampled } from './table.js'

type List = readonly Tensor[]

const isVar = (atom: Equation['inputs'][number]): atom is Var => !('value' in atom)
const bits = (x: Tensor): string => `${x.dtype}[${x.shape}] ${new Uint8Array(x.data().slice().buffer)}`
const pass = (name: string, program: Program): Program => passes[name]?.(program) ?? program

/** Values of the equations that a sample makes, each as a program of its own. */
const equationsOf = (f: (xs: List) => List, args: List): readonly (readonly [Program, List])[] => {
  const program = pass('inlineCalls', makeProgram((...xs: Tensor[]) => f(xs))(...args))
  const variables = program.equations.flatMap((e) => e.outputs)
  const all = evaluateProgram({ ...program, outputs: [...program.inputs, ...variables] }, args)
  const values = new Map([...program.inputs, ...variables].map((v, i) => [v, all[i] as Tensor]))
  return program.equations.flatMap((equation) => {
    const inputs = [...new Set(equation.inputs.filter(isVar))]
    const alone = { inputs, equations: [equation], outputs: equation.outputs }
    return inputs.length === 0 ? [] : [[alone, inputs.map((v) => values.get(v) as Tensor)] as const]
  })
}

/** The elements of x in a buffer of their own, which no loop computes: whoever reads it last may take it. */
const fresh = (x: Tensor, order: Tensor): Tensor => lax.takeRows(x.reshape([x.size]), order).reshape(x.shape)

/** The first, or last, elements of x in another shape, read where they are. */
const part = (x: Tensor, shape: readonly number[], last: boolean): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1)
  const start = last ? x.size - size : 0
  return lax.slice(x.reshape([x.size]), [start], [start + size]).reshape(shape)
}

/** The equation on fresh operands; operand `to` is a part of operand `from`, unless they are one. */
const onFresh =
  (program: Program, from: number, to: number, last: boolean) =>
  (xs: List, orders: List): List => {
    const operands = xs.map((x, i) => fresh(x, orders[i] as Tensor))
    const shared = operands.map((x, i) => (i === to && i !== from ? part(operands[from] as Tensor, x.shape, last) : x))
    const results = evaluateProgram(program, shared)
    return results.map((y) => fresh(y, np.arange(y.size).astype('int32')))
  }

/** Pairs of operands of which one fits into the other; one pair of an operand with itself. */
const pairsOf = (values: List): readonly (readonly [from: number, to: number])[] => [
  [0, 0],
  ...values.flatMap((x, from) =>
    values.flatMap((y, to) => (from !== to && x.dtype === y.dtype && y.size <= x.size ? [[from, to] as const] : [])),
  ),
]

const seen = new Set<string>()

describe.each([...sampled])('%s', (_, samples) => {
  it('gives the same bits where its results take the memory of its operands', () => {
    for (const { run, args } of samples) {
      const asList = (y: Tensor | List): List => (y instanceof Tensor ? [y] : y)
      for (const [program, values] of equationsOf((xs) => asList(run(xs)), args)) {
        const name = program.equations[0]?.primitive.name
        const key = `${name} ${JSON.stringify(program.equations[0]?.params)} ${values.map((x) => `${x.dtype}${x.shape}`)}`
        if (seen.has(key)) continue
        seen.add(key)
        const orders = values.map((x) => np.arange(x.size).astype('int32'))
        for (const [from, to] of pairsOf(values)) {
          for (const last of [false, true]) {
            const f = onFresh(program, from, to, last)
            expect(jit(f)(values, orders).map(bits), `${name}: operand ${to} in ${from}`).toEqual(
              f(values, orders).map(bits),
            )
          }
        }
      }
    }
  })
})
