/** What reductions share: types, lowering over any set of axes, batching. */
import { wholeNumbers } from '../checks.js'

import { bytesOf, type DType, kernelSuffix } from '../dtype.js'
import { ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { canonicalAxes, showShape, sizeOf, sizesBetween, sizesOf, withoutAxes } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { axes } from './parameters.js'
import {
  type BatchAxis,
  bind1,
  type Emitter,
  type MaybeZero,
  type Operand,
  type Params,
  type Primitive,
  primitive,
  rowsUnless,
} from './primitive.js'

export interface ReduceParams extends Params {
  /** Sorted, counted from the front. */
  readonly axes: readonly number[]
}

/** For programs from elsewhere: operations sort their axes. @throws ShapeError unless `axes` are increasing axes of the operand */
export const checkAxes = (name: string, x: Abstract, axes: readonly number[]): void => {
  const rank = x.shape.length
  if (axes.every((a, i) => Number.isInteger(a) && a >= 0 && a < rank && (i === 0 || a > (axes[i - 1] as number))))
    return
  throw new ShapeError(`${name}: the axes ${showShape(axes)} are not increasing axes of ${showType(x)}.`)
}

/** An operand's axes after a batch axis is put among them, and where the batch is among the axes that stay. */
export const pastBatch = (axes: readonly number[], batch: number): readonly [readonly number[], number] => [
  axes.map((a) => (a >= batch ? a + 1 : a)),
  batch - axes.filter((a) => a < batch).length,
]

/** Adjacent axes, which a kernel reduces at once; axes of size 1 between them do not matter. */
const groups = (shape: readonly number[], axes: readonly number[]): readonly (readonly [number, number])[] => {
  const found: [number, number][] = []
  for (const axis of axes) {
    const last = found[found.length - 1]
    if (last !== undefined && sizeOf(sizesBetween(shape, last[1] + 1, axis)) === 1) last[1] = axis
    else found.push([axis, axis])
  }
  return found
}

const elementNanoseconds = 0.2

/** Reduces groups of axes from the last to the first, so that each pass leaves less to do. */
const emitReduce = (emit: Emitter, kernel: string, x: Operand, y: Operand, axes: readonly number[]): void => {
  let { pointer } = x
  const shape = sizesOf(x.shape)
  const passes = groups(shape, axes)
  for (let i = passes.length - 1; i >= 0; i--) {
    const [first, last] = passes[i] as readonly [number, number]
    const outer = sizeOf(sizesBetween(shape, 0, first))
    const n = sizeOf(sizesBetween(shape, first, last + 1))
    const inner = sizeOf(sizesBetween(shape, last + 1))
    const target = i === 0 ? y.pointer : emit.scratch(outer * inner * bytesOf(x.dtype))
    const [source, bytes] = [pointer, bytesOf(x.dtype)]
    emit.parallel(outer, outer * n * inner * elementNanoseconds, (part, at, count) =>
      part.call(kernel, source + at * n * inner * bytes, target + at * inner * bytes, count, n, inner),
    )
    shape.fill(1, first, last + 1)
    pointer = target
  }
}

export interface ReduceRules {
  /** @throws DTypeError for dtypes it does not take */
  readonly check: (name: string, dtype: DType) => void
  readonly kernel?: (dtype: DType) => string
  /** The tangent of y = reduce(x); null where there is none. */
  readonly jvp: ((dx: Tensor, x: Tensor, y: Tensor, axes: readonly number[]) => MaybeZero) | null
  readonly transpose?: Primitive<ReduceParams>['transpose']
}

/** A reduction along axes, in any order and counted from either end; no axes give the operand itself. */
export type Reduction = (x: Tensor, axes: readonly number[]) => Tensor

/** Defines a reduction along axes whose result has the operand's dtype. */
export const reduction = (name: string, rules: ReduceRules): Reduction => {
  const definition = primitive<ReduceParams>({
    name,
    operands: 1,
    parameters: { axes },
    flops: ([x]) => sizeOf((x as Abstract).shape),
    rows: rowsUnless(({ axes }) => axes.includes(0)),
    abstract: ([x], { axes }) => {
      const type = x as Abstract
      rules.check(name, type.dtype)
      checkAxes(name, type, axes)
      return [{ ...type, shape: withoutAxes(type.shape, axes) }]
    },
    lower: (emit, [x], [y], { axes }) => {
      const { dtype } = x as Operand
      emitReduce(emit, rules.kernel?.(dtype) ?? `${name}_${kernelSuffix(dtype)}`, x as Operand, y as Operand, axes)
    },
    jvp: ([x], [dx], { axes }): readonly [readonly Tensor[], readonly MaybeZero[]] => {
      const y = operation(x as Tensor, axes)
      return [[y], [rules.jvp === null || !dx ? null : rules.jvp(dx, x as Tensor, y, axes)]]
    },
    ...(rules.transpose === undefined ? {} : { transpose: rules.transpose }),
    batch: ([x], [batch], { axes }): readonly [readonly Tensor[], readonly BatchAxis[]] => {
      const [moved, at] = pastBatch(axes, batch as number)
      return [[operation(x as Tensor, moved)], [at]]
    },
  })
  const operation: Reduction = (x, axes) =>
    wholeNumbers(name, 'the list of axes', axes).length === 0
      ? x
      : bind1(definition, [x], { axes: canonicalAxes(name, axes, x.ndim) })
  return operation
}
