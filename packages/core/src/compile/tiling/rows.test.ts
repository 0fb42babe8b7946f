import { describe, expect, it } from 'vitest'
import { grad, lax, makeProgram, np, random, type Tensor } from '../../index.js'
import { ownRows, primitives } from '../../primitives/primitive.js'
import { windowGather, windowScatter } from '../../primitives/window.js'
import { evaluateProgram } from '../../program/evaluate.js'
import { type Atom, type Equation, Literal, type Program, Var } from '../../program/program.js'
import { resized, resizedType, rowsOf } from './rows.js'

const rows = 6
const normal = (...shape: number[]): Tensor => random.normal(random.key(shape.length), shape)
const window = [1, 2, 2, 1]
const geometry = {
  window,
  strides: window,
  padding: window.map(() => [0, 0] as const),
  baseDilation: [1, 1, 1, 1],
  windowDilation: [1, 1, 1, 1],
}
const image = normal(rows, 6, 6, 2)
const kernel = normal(3, 3, 2, 4)
const matrix = normal(rows, 8)
const whole = np.round(matrix.mul(5)).astype('int32')

/** Uses of every primitive that has a rule of its own for its rows. */
const samples: readonly (readonly [(...args: Tensor[]) => Tensor | readonly Tensor[], ...Tensor[]])[] = [
  [(x, y) => lax.add(lax.exp(x), y), matrix, matrix],
  [(x) => np.where(x.gt(0), x, lax.clamp(-1, x, 1)), matrix],
  [(x) => grad((v: Tensor) => lax.logsumexp(v, 1).sum())(x), matrix],
  [(x) => lax.bitcastConvertType(lax.convertElementType(x, 'float32'), 'int32'), whole],
  [(x) => [lax.reduceSum(x, [1]), lax.reduceMax(x, [1]), lax.reduceMin(x, [1]), lax.reduceProd(x, [1])], matrix],
  [(x) => [np.all(x.gt(0), { axis: 1 }), np.any(x.gt(0), { axis: 1 })], matrix],
  [(x) => [lax.argmax(x, 1), lax.argmin(x, 1)], matrix],
  [(x) => [lax.softmax(x), lax.logsumexp(x, -1)], matrix],
  [(x) => [lax.cumsum(x, { axis: 1 }), lax.cumprod(x, { axis: 1 }), lax.cummax(x, { axis: 1 })], matrix],
  [(x) => [lax.cummin(x, { axis: 1 }), lax.cumlogsumexp(x, { axis: 1, reverse: true })], matrix],
  [
    (x) =>
      lax
        .broadcastedIota('float32', [rows, 300], 1)
        .add(np.expandDims(lax.slice(x, [0, 0], [rows, 1]).reshape(rows), 1)),
    matrix,
  ],
  [(x) => np.transpose(x.reshape(rows, 2, 4), [0, 2, 1]).reshape(rows * 2, 4), matrix],
  [(x, b) => x.add(b).matmul(normal(8, 3)), matrix, normal(8)],
  [(x) => np.einsum('ri,rj->rij', x, x), matrix],
  [(x) => [...np.split(x, 2, { axis: 1 }), np.concatenate([x, x], { axis: 1 })], matrix],
  [(x, i) => lax.takeRows(x, i), matrix, np.abs(whole).mod(8)],
  [(k, n) => lax.threefry(k, n, [5], 'xor'), random.split(random.key(0), rows), np.arange(rows).astype('uint32')],
  // One row: what is taken may come from anywhere.
  [(x, i) => lax.takeRows(x, i), normal(rows), np.arange(rows).astype('int32').mul(5).mod(rows)],
  [(x) => [lax.cumsum(x), lax.softmax(x), np.flip(x)], normal(rows)],
  [
    (x, w) => lax.convGeneralDilated(x, w, [1, 1], 'SAME', { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] }),
    image,
    kernel,
  ],
  [(x) => lax.reduceWindow(x, Number.NEGATIVE_INFINITY, lax.max, window, window, 'VALID'), image],
  [(x) => lax.reduceWindow(x, Number.POSITIVE_INFINITY, lax.min, window, window, 'VALID'), image],
  [(x) => lax.reduceWindow(x, 0, lax.add, window, window, 'VALID'), image],
  [(x) => lax.reduceWindow(x, 1, lax.mul, window, window, 'VALID'), image],
  [(x) => lax.reduce(x, 0, lax.bitwiseXor, [1]), whole],
  [(x) => windowGather(x, x, geometry, 'max'), image],
  [(x) => windowScatter(x, lax.slice(x, [0, 0, 0, 0], [rows, 3, 3, 2]), geometry, 'max'), image],
]

interface Evaluated {
  readonly equation: Equation
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
}

/** The equations of a program with the values that they read and make. */
const evaluated = (program: Program, args: readonly Tensor[]): readonly Evaluated[] => {
  const values = new Map<Atom, Tensor>(program.inputs.map((v, i) => [v, args[i] as Tensor]))
  return program.equations.map((equation) => {
    const inputs = equation.inputs.map((a) => (a instanceof Literal ? a.value : (values.get(a) as Tensor)))
    const variables = equation.inputs.map((a) => new Var(a.abstract))
    const alone = { inputs: variables, equations: [{ ...equation, inputs: variables }], outputs: equation.outputs }
    const outputs = evaluateProgram(alone, inputs)
    equation.outputs.forEach((v, i) => values.set(v, outputs[i] as Tensor))
    return { equation, inputs, outputs }
  })
}

/** Rows from `first` on, in proportion: `count` of `of` parts. */
const part = (x: Tensor, first: number, count: number, of: number): Tensor => {
  const [n, ...rest] = x.shape as readonly [number, ...number[]]
  return lax.slice(x, [(first * n) / of, ...rest.map(() => 0)], [((first + count) * n) / of, ...rest])
}

const leading = (x: Tensor): number => x.shape[0] ?? 0

/** Names of primitives of which parts were compared with the whole. */
const checkParts = ({ equation, inputs, outputs }: Evaluated): readonly string[] => {
  const uses = rowsOf(equation)
  if (uses === null) return []
  const own = [...inputs.filter((_, i) => uses[i] === 'own'), ...outputs]
  const all = Math.min(...own.map(leading))
  if (all < 3 || own.some((x) => leading(x) % all !== 0)) return []
  for (const [first, count] of [
    [0, 2],
    [2, all - 2],
  ] as const) {
    const given = inputs.map((x, i) => (uses[i] === 'own' ? part(x, first, count, all) : x))
    const variables = given.map((x) => new Var(x))
    const fewer = resized(
      equation,
      all,
      count,
      (_, i) => variables[i] as Var,
      (v) => new Var(resizedType(v.abstract, all, count)),
    )
    const found = evaluateProgram({ inputs: variables, equations: [fewer], outputs: fewer.outputs }, given)
    found.forEach((y, i) => {
      expect(y.shape, equation.primitive.name).toEqual(fewer.outputs[i]?.abstract.shape)
      expect(y.toArray(), equation.primitive.name).toEqual(part(outputs[i] as Tensor, first, count, all).toArray())
    })
  }
  return [equation.primitive.name]
}

describe('rows', () => {
  const checked = new Set<string>()
  it.each(samples.map((sample) => [sample] as const))(
    'of a part are a part of the rows of the whole: %#',
    ([f, ...args]) => {
      const program = makeProgram(f as (...a: Tensor[]) => unknown)(...args)
      for (const step of evaluated(program, args)) for (const name of checkParts(step)) checked.add(name)
    },
  )
  it('of every primitive that has them are compared', () => {
    const withRule = [...primitives].filter(([, p]) => p.rows !== undefined && p.rows !== ownRows).map(([name]) => name)
    expect(withRule.filter((name) => !checked.has(name))).toEqual([])
  })
})
