/** The general reduction: any associative function of two scalars, along axes. */
import { ShapeError } from '../errors.js'
import { add, mul } from '../primitives/arithmetic.js'
import { concatenate } from '../primitives/concatenate.js'
import { constantLike } from '../primitives/elementwise.js'
import { and, or, xor } from '../primitives/logical.js'
import { max, min } from '../primitives/maximum.js'
import type { Reduction } from '../primitives/reduce.js'
import { reduceAnd, reduceMax, reduceMin, reduceOr, reduceProd, reduceSum, reduceXor } from '../primitives/reduction.js'
import { broadcastTo, reshape, transpose } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { showType } from '../print.js'
import { canonicalAxes, range, sameShape, sizeOf, withoutAxes } from '../shape.js'
import { Tensor } from '../tensor.js'
import { vmap } from '../transforms/vmap.js'

type Scalars = readonly Tensor[]

/** Functions whose reductions have kernels, with the dtypes that these take (null: all but bool). */
const known = new Map<unknown, readonly [Reduction, readonly string[] | null]>([
  [add, [reduceSum, null]],
  [mul, [reduceProd, null]],
  [max, [reduceMax, null]],
  [min, [reduceMin, null]],
  [and, [reduceAnd, ['bool']]],
  [or, [reduceOr, ['bool']]],
  [xor, [reduceXor, ['bool', 'int32', 'uint32', 'uint8']]],
])

const knownFor = (computation: unknown, operands: Scalars): Reduction | null => {
  const entry = known.get(computation)
  const [x] = operands
  if (entry === undefined || x === undefined || operands.length > 1) return null
  const [reduction, dtypes] = entry
  return (dtypes === null ? x.dtype !== 'bool' : dtypes.includes(x.dtype)) ? reduction : null
}

/** `x` as [rest, n]: the reduced axes at the end and merged. */
const rows = (x: Tensor, axes: readonly number[]): Tensor => {
  const kept = range(x.ndim).filter((a) => !axes.includes(a))
  const n = sizeOf(axes.map((a) => x.sizes[a] as number))
  return reshape(transpose(x, [...kept, ...axes]), [sizeOf(withoutAxes(x.sizes, axes)), n])
}

/** Combines neighbours until one column is left, so that the order stays and the depth is ⌈log₂ n⌉. */
const combineNeighbours = (combine: (xs: Scalars, ys: Scalars) => Scalars, operands: Scalars): Scalars => {
  let columns = operands
  for (let n = (columns[0] as Tensor).sizes[1] as number; n > 1; n = Math.ceil(n / 2)) {
    const even = n - (n % 2)
    const pairs = combine(
      columns.map((x) => sliceAxis(x, 1, 0, even, 2)),
      columns.map((x) => sliceAxis(x, 1, 1, even, 2)),
    )
    columns = n === even ? pairs : pairs.map((x, i) => concatenate([x, sliceAxis(columns[i] as Tensor, 1, even, n)], 1))
  }
  return columns
}

/**
 * Folds operands along axes with an associative function of scalars; `init` is its neutral element, and comes first. With
 * several operands, the function takes and gives one scalar for each. `lax.add`, `mul`, `max`, `min` and the logical ones
 * run as one kernel, other functions in ⌈log₂ n⌉ vectorised rounds.
 * @throws ShapeError if the operands differ in shape
 * @example lax.reduce(np.array([[1, 2], [3, 4]]), 0, lax.add, [1]).toArray() // [3, 7]
 */
export function reduce(
  operand: Tensor,
  init: Tensor | number,
  computation: (x: Tensor, y: Tensor) => Tensor,
  dimensions: readonly number[],
): Tensor
export function reduce(
  operands: readonly Tensor[],
  inits: readonly (Tensor | number)[],
  computation: (xs: readonly Tensor[], ys: readonly Tensor[]) => readonly Tensor[],
  dimensions: readonly number[],
): readonly Tensor[]
export function reduce(
  operand: Tensor | readonly Tensor[],
  init: Tensor | number | readonly (Tensor | number)[],
  computation: ((x: Tensor, y: Tensor) => Tensor) | ((xs: Scalars, ys: Scalars) => Scalars),
  dimensions: readonly number[],
): Tensor | readonly Tensor[] {
  if (operand instanceof Tensor) {
    const one = computation as (x: Tensor, y: Tensor) => Tensor
    const several = ([x]: Scalars, [y]: Scalars): Scalars => [one(x as Tensor, y as Tensor)]
    return fold([operand], [init as Tensor | number], several, dimensions, computation)[0] as Tensor
  }
  return fold(
    operand,
    init as readonly Tensor[],
    computation as (xs: Scalars, ys: Scalars) => Scalars,
    dimensions,
    null,
  )
}

const fold = (
  operands: readonly Tensor[],
  inits: readonly (Tensor | number)[],
  computation: (xs: Scalars, ys: Scalars) => Scalars,
  dimensions: readonly number[],
  original: unknown,
): readonly Tensor[] => {
  const [first] = operands
  if (
    first === undefined ||
    operands.length !== inits.length ||
    operands.some((x) => !sameShape(x.sizes, first.sizes))
  ) {
    throw new ShapeError(
      `reduce: ${operands.map(showType).join(' and ')} with ${inits.length} initial values do not fit: ` +
        'it takes operands of one shape and one initial value for each.',
    )
  }
  const axes = canonicalAxes('reduce', dimensions, first.ndim)
  const shape = withoutAxes(first.sizes, axes)
  const flat = [sizeOf(shape)]
  const start = inits.map((v, i) => {
    const x = operands[i] as Tensor
    const scalar =
      v instanceof Tensor ? v : constantLike('reduce', v, { shape: [], dtype: x.dtype, weakType: x.weakType })
    return broadcastTo(scalar, flat)
  })
  const elementwise = (xs: Scalars, ys: Scalars): Scalars => {
    const like = (xs[0] as Tensor).sizes
    const all = [sizeOf(like)]
    const results = vmap(computation)(
      xs.map((x) => reshape(x, all)),
      ys.map((y) => reshape(y, all)),
    ) as Scalars
    return results.map((r) => reshape(r, like))
  }
  const kernel = knownFor(original, operands)
  const folded = (): Scalars => {
    if (kernel !== null) return [reshape(kernel(first, axes), flat)]
    const matrices = operands.map((x) => rows(x, axes))
    if ((matrices[0] as Tensor).sizes[1] === 0) return start
    return combineNeighbours(elementwise, matrices).map((x) => reshape(x, flat))
  }
  return elementwise(start, folded()).map((x) => reshape(x, shape))
}
