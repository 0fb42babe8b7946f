/** Products that sum over shared axes. `matmul.ts` and `einsum.ts` hold the other two. */
import { listOf, oneOrMore } from '../checks.js'
import { ShapeError } from '../errors.js'
import { mul, sub } from '../primitives/arithmetic.js'
import { concatenate } from '../primitives/concatenate.js'
import { dotGeneral } from '../primitives/dot.js'
import { broadcastInDim, broadcastTo, reshape, transpose } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { showType } from '../print.js'
import { broadcastShapes, canonicalAxis, range, showShape } from '../shape.js'
import type { Tensor, TensorLike } from '../tensor.js'
import { type Dual, type DualBinary, dual, dualBinary } from './dual.js'
import { einsum } from './einsum.js'
import { promoteDTypes, toNumeric } from './promotion.js'

const both = (name: string, x: TensorLike, y: TensorLike): readonly [Tensor, Tensor] =>
  promoteDTypes(name, [x, y]).map((t) => toNumeric(t)) as unknown as readonly [Tensor, Tensor]

const flat = (x: Tensor): Tensor => reshape(x, [x.size])

const scaled = (x: Tensor, y: Tensor): Tensor => {
  const shape = broadcastShapes('dot', x.sizes, y.sizes)
  return mul(broadcastTo(x, shape), broadcastTo(y, shape))
}

const contractLast = (name: string, x: Tensor, y: Tensor, yAxis: number): Tensor => {
  const [n, m] = [x.sizes[x.ndim - 1], y.sizes[yAxis]]
  if (n !== m)
    throw new ShapeError(`${name}: ${showType(x)} · ${showType(y)}: sizes ${n} and ${m} of the summed axes differ.`)
  return dotGeneral(x, y, { contract: [[x.ndim - 1], [yAxis]], batch: [[], []] })
}

/**
 * Sum over the last axis of x and the last but one of y (the only one of a vector); scalars multiply.
 * @throws ShapeError if these axes differ in size
 * @example np.dot(np.array([1, 2]), np.array([3, 4])).item() // 11
 */
export const dot: DualBinary = dualBinary('dot', (a, b) => {
  const [x, y] = both('dot', a, b)
  return x.ndim === 0 || y.ndim === 0 ? scaled(x, y) : contractLast('dot', x, y, Math.max(0, y.ndim - 2))
})

/**
 * Sum over the last axes of both; scalars multiply.
 * @throws ShapeError if these axes differ in size
 * @example np.inner(np.array([[1, 2], [3, 4]]), np.array([1, 1])).toArray() // [3, 7]
 */
export const inner: DualBinary = dualBinary('inner', (a, b) => {
  const [x, y] = both('inner', a, b)
  return x.ndim === 0 || y.ndim === 0 ? scaled(x, y) : contractLast('inner', x, y, y.ndim - 1)
})

/**
 * xᵢ yⱼ of all elements of both, flattened first: [x.size, y.size].
 * @example np.outer(np.array([1, 2]), np.array([3, 4])).toArray() // [[3, 4], [6, 8]]
 */
export const outer: DualBinary = dualBinary('outer', (a, b) => {
  const [x, y] = both('outer', a, b)
  const shape = [x.size, y.size]
  return mul(broadcastInDim(flat(x), shape, [0]), broadcastInDim(flat(y), shape, [1]))
})

/**
 * Σ xᵢ yᵢ over all elements of both, flattened first.
 * @throws ShapeError if their numbers differ
 * @example np.vdot(np.array([[1, 2]]), np.array([3, 4])).item() // 11
 */
export const vdot: DualBinary = dualBinary('vdot', (a, b) => {
  const [x, y] = both('vdot', a, b)
  return contractLast('vdot', flat(x), flat(y), 0)
})

export interface VecdotOptions {
  /** The axis to sum over, of both; the last unless said. */
  readonly axis?: number
}

const moveLast = (name: string, x: Tensor, axis: number): Tensor => {
  const from = canonicalAxis(name, axis, x.ndim)
  return transpose(x, [...range(x.ndim).filter((i) => i !== from), from])
}

/**
 * Σ xᵢ yᵢ along an axis; the other axes broadcast.
 * @throws ShapeError if the axes differ in size
 * @example np.vecdot(np.array([[1, 2], [3, 4]]), np.array([1, 1])).toArray() // [3, 7]
 */
export const vecdot: Dual<[y: TensorLike, options?: VecdotOptions]> = dual(
  'vecdot',
  1,
  ['axis'],
  (a, b: TensorLike, { axis = -1 }: VecdotOptions = {}) => {
    const [x, y] = both('vecdot', a, b).map((t) => moveLast('vecdot', t, axis)) as [Tensor, Tensor]
    if (x.sizes[x.ndim - 1] !== y.sizes[y.ndim - 1]) {
      throw new ShapeError(`vecdot: ${showType(x)} and ${showType(y)} differ in the size of the summed axis.`)
    }
    return einsum('...i,...i->...', x, y)
  },
)

const needAxes = (name: string, x: Tensor, least: number, role: string): void => {
  if (x.ndim < least)
    throw new ShapeError(
      `${name}: the ${role} is ${showType(x)}; it needs at least ${least} ${least === 1 ? 'axis' : 'axes'}.`,
    )
}

/**
 * Matrix times vector: [..., m, n] × [..., n] gives [..., m]; leading axes broadcast.
 * @throws ShapeError
 * @example np.matvec(np.array([[1, 2], [3, 4]]), np.array([1, 1])).toArray() // [3, 7]
 */
export const matvec: DualBinary = dualBinary('matvec', (a, b) => {
  const [x, y] = both('matvec', a, b)
  needAxes('matvec', x, 2, 'matrix')
  needAxes('matvec', y, 1, 'vector')
  return y.ndim === 1 ? contractLast('matvec', x, y, 0) : einsum('...mn,...n->...m', x, y)
})

/**
 * Vector times matrix: [..., n] × [..., n, m] gives [..., m]; leading axes broadcast.
 * @throws ShapeError
 * @example np.vecmat(np.array([1, 1]), np.array([[1, 2], [3, 4]])).toArray() // [4, 6]
 */
export const vecmat: DualBinary = dualBinary('vecmat', (a, b) => {
  const [x, y] = both('vecmat', a, b)
  needAxes('vecmat', x, 1, 'vector')
  needAxes('vecmat', y, 2, 'matrix')
  return y.ndim === 2 ? contractLast('vecmat', x, y, 0) : einsum('...n,...nm->...m', x, y)
})

/** How many axes to sum over, or which axes of both operands. */
export type TensordotAxes = number | readonly [number | readonly number[], number | readonly number[]]

export interface TensordotOptions {
  /** 2 unless said: the last two of x with the first two of y. */
  readonly axes?: TensordotAxes
}

const pairsOfAxes = (x: Tensor, y: Tensor, axes: TensordotAxes): readonly [readonly number[], readonly number[]] => {
  if (typeof axes === 'number') {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(x.ndim, y.ndim)) {
      throw new ShapeError(
        `tensordot: ${showType(x)} and ${showType(y)} do not share ${axes} axes. The option axes says how many, or which.`,
      )
    }
    return [range(axes, x.ndim - axes), range(axes)]
  }
  listOf('tensordot', 'axes', axes)
  const list = (given: number | readonly number[], t: Tensor): number[] =>
    oneOrMore('tensordot', 'the axes of an operand', given).map((axis) => canonicalAxis('tensordot', axis, t.ndim))
  return [list(axes[0], x), list(axes[1], y)]
}

/**
 * Sum over pairs of axes: the last n of x with the first n of y, or those named by two lists. The result has the other axes
 * of x, then those of y.
 * @param options `{ axes }`, or the axes themselves
 * @throws ShapeError if the axes do not pair up
 * @example np.tensordot(np.ones([2, 3, 4]), np.ones([4, 5]), { axes: 1 }).shape // [2, 3, 5]
 */
export const tensordot: Dual<[y: TensorLike, options?: TensordotOptions | TensordotAxes]> = dual(
  'tensordot',
  1,
  ['axes'],
  (a, b: TensorLike, options: TensordotOptions | TensordotAxes = {}) => {
    const [x, y] = both('tensordot', a, b)
    const axes =
      typeof options === 'number' || Array.isArray(options)
        ? (options as TensordotAxes)
        : ((options as TensordotOptions).axes ?? 2)
    const [left, right] = pairsOfAxes(x, y, axes)
    const sizes = (t: Tensor, list: readonly number[]): string => showShape(list.map((i) => t.sizes[i] as number))
    if (sizes(x, left) !== sizes(y, right)) {
      throw new ShapeError(
        `tensordot: axes ${showShape(left)} of ${showType(x)} have sizes ${sizes(x, left)}, and axes ${showShape(right)} of ${showType(y)} ${sizes(y, right)}.`,
      )
    }
    return dotGeneral(x, y, { contract: [left, right], batch: [[], []] })
  },
)

/**
 * Kronecker's product: every element of x times the whole of y, laid out as blocks.
 * @example np.kron(np.array([1, 10]), np.array([1, 2])).toArray() // [1, 2, 10, 20]
 */
export const kron: DualBinary = dualBinary('kron', (a, b) => {
  const [x, y] = both('kron', a, b)
  const rank = Math.max(x.ndim, y.ndim)
  const padded = (t: Tensor): number[] => [...range(rank - t.ndim).map(() => 1), ...t.sizes]
  const [outside, inside] = [padded(x), padded(y)]
  const shape = outside.flatMap((n, i) => [n, inside[i] as number])
  const blocks = broadcastInDim(
    reshape(x, outside),
    shape,
    range(rank).map((i) => 2 * i),
  )
  const cells = broadcastInDim(
    reshape(y, inside),
    shape,
    range(rank).map((i) => 2 * i + 1),
  )
  return reshape(
    mul(blocks, cells),
    outside.map((n, i) => n * (inside[i] as number)),
  )
})

export interface CrossOptions {
  readonly axisa?: number
  readonly axisb?: number
  readonly axisc?: number
  /** The axis of the vectors, of both operands and the result. */
  readonly axis?: number
}

/**
 * The vector product of 3-vectors; vectors of 2 count as lying in the plane (two of them give the third component alone).
 * The other axes broadcast.
 * @throws ShapeError unless the vectors have 2 or 3 components
 * @example np.cross(np.array([1, 0, 0]), np.array([0, 1, 0])).toArray() // [0, 0, 1]
 */
export const cross: Dual<[y: TensorLike, options?: CrossOptions]> = dual(
  'cross',
  1,
  ['axisa', 'axisb', 'axisc', 'axis'],
  (a, b: TensorLike, options: CrossOptions = {}) => {
    const { axis, axisa = axis ?? -1, axisb = axis ?? -1, axisc = axis ?? -1 } = options
    const [left, right] = both('cross', a, b)
    const [x, y] = [moveLast('cross', left, axisa), moveLast('cross', right, axisb)]
    const [n, m] = [x.sizes[x.ndim - 1] as number, y.sizes[y.ndim - 1] as number]
    if (n < 2 || n > 3 || m < 2 || m > 3) {
      throw new ShapeError(
        `cross: ${showType(left)} × ${showType(right)} along axes of sizes ${n} and ${m}: vectors have 2 or 3 components.`,
      )
    }
    const lead = broadcastShapes('cross', x.sizes.slice(0, -1), y.sizes.slice(0, -1))
    const component = (t: Tensor, i: number): Tensor | null =>
      i >= (t.sizes[t.ndim - 1] as number)
        ? null
        : broadcastTo(reshape(sliceAxis(t, t.ndim - 1, i, i + 1), t.sizes.slice(0, -1)), lead)
    const minor = (i: number, j: number): Tensor => {
      const product = (p: Tensor | null, q: Tensor | null): Tensor | null => (p && q ? mul(p, q) : null)
      const plus = product(component(x, i), component(y, j))
      const minus = product(component(x, j), component(y, i))
      if (plus === null) return mul(minus as Tensor, -1)
      return minus === null ? plus : sub(plus, minus)
    }
    if (n === 2 && m === 2) return minor(0, 1)
    const parts = [minor(1, 2), minor(2, 0), minor(0, 1)].map((p) => reshape(p, [...lead, 1]))
    const result = concatenate(parts, lead.length)
    const to = canonicalAxis('cross', axisc, result.ndim)
    const rest = range(lead.length)
    return transpose(result, [...rest.slice(0, to), lead.length, ...rest.slice(to)])
  },
)
