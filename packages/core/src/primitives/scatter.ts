/** Updates of slices at many positions known at run time: set, add, multiply, smallest, largest. */

import { wholeNumbers } from '../checks.js'
import { bytesOf, type DType, kernelSuffix, widthOf } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { showType } from '../print.js'
import { mapSizes, range, type Shape, sameShape, showShape, sizeOf, sizesBetween, stridesOf } from '../shape.js'
import { show } from '../show.js'
import { type Abstract, ConcreteTensor, type IndexMode, type Tensor, uniform } from '../tensor.js'
import { add, div, mul } from './arithmetic.js'
import { moveBatchAxis } from './batching.js'
import { eq } from './compare.js'
import { convertElementType } from './convert.js'
import { checkDomain } from './elementwise.js'
import {
  asInt32,
  checkSlices,
  gatherSlices,
  nothingInside,
  picksFromNothing,
  type SliceSpec,
  shiftedSlices,
  sliceMode,
  slicesTable,
  windowAxes,
  withBatchIndex,
  withBatchingDims,
} from './gather.js'
import { boolean } from './parameters.js'
import {
  bind1,
  firstElements,
  LinearInput,
  type MaybeZero,
  type Operand,
  type Params,
  type Primitive,
  primitive,
} from './primitive.js'
import { select } from './select.js'
import { broadcastInDim, transpose } from './shape.js'
import { sliceParameters } from './slice-parameters.js'

/** What happens where an update meets an element. */
export type ScatterKind = 'scatter' | 'scatterAdd' | 'scatterMul' | 'scatterMin' | 'scatterMax'

/** The slices that updates go to. */
export interface ScatterSpec extends SliceSpec {
  /** A promise that no element is updated twice, which makes derivatives cheaper. */
  readonly uniqueIndices?: boolean
}

type ScatterParams = Params & SliceSpec & { readonly uniqueIndices: boolean }

const kernels: Readonly<Record<ScatterKind, (dtype: DType) => string>> = {
  scatter: (dtype) => `scatterSet_${widthOf(dtype)}`,
  scatterAdd: (dtype) => `scatterAdd_${kernelSuffix(dtype)}`,
  scatterMul: (dtype) => `scatterMul_${kernelSuffix(dtype)}`,
  scatterMin: (dtype) => `scatterMin_${kernelSuffix(dtype)}`,
  scatterMax: (dtype) => `scatterMax_${kernelSuffix(dtype)}`,
}

interface ScatterRules {
  readonly kind: ScatterKind
  /** The tangent of `y`. */
  readonly jvp: (
    primals: readonly [x: Tensor, indices: Tensor, updates: Tensor],
    dx: MaybeZero,
    du: MaybeZero,
    y: Tensor,
    params: ScatterParams,
  ) => MaybeZero
  readonly transpose?: Primitive<ScatterParams>['transpose']
}

const define = ({ kind, jvp, transpose: transposed }: ScatterRules): Primitive<ScatterParams> =>
  primitive<ScatterParams>({
    name: kind,
    operands: 3,
    parameters: { ...sliceParameters, uniqueIndices: boolean },
    abstract: ([x, indices, updates], params) => {
      const [type, positions, change] = [x as Abstract, indices as Abstract, updates as Abstract]
      if (kind === 'scatterAdd' || kind === 'scatterMul') checkDomain(kind, type.dtype, 'number')
      if (change.dtype !== type.dtype) {
        throw new DTypeError(
          `${kind}: updates are ${showType(change)} and the operand ${showType(type)}. Convert them with updates.astype('${type.dtype}').`,
        )
      }
      checkSlices(kind, type, positions, params)
      const expected = [
        ...positions.shape.slice(0, -1),
        ...windowAxes(params).map((a) => params.sliceSizes[a] as number),
      ]
      if (!sameShape(change.shape, expected)) {
        throw new ShapeError(
          `${kind}: updates ${showType(change)} do not fit: indices ${showType(positions)} and slices ${showShape(params.sliceSizes)} need ${showShape(expected)}.`,
        )
      }
      return [type]
    },
    elements: firstElements,
    lower: (emit, [x, indices, updates], [y], params) => {
      const [source, positions, change, target] = [x, indices, updates, y] as Operand[] as [
        Operand,
        Operand,
        Operand,
        Operand,
      ]
      if (source.pointer !== target.pointer) {
        emit.call('copy', source.pointer, target.pointer, sizeOf(target.shape) * bytesOf(target.dtype))
      }
      if (sizeOf(change.shape) === 0) return
      const meta = slicesTable(emit, target.shape, stridesOf(target.shape), params)
      emit.call(
        kernels[kind](target.dtype),
        ...[
          target.pointer,
          positions.pointer,
          change.pointer,
          sizeOf(sizesBetween(positions.shape, 0, -1)),
          params.startIndexMap.length,
        ],
        ...[target.shape.length, meta, params.mode === 'fill' ? 1 : 0],
      )
    },
    jvp: ([x, indices, updates], [dx, , du], params) => {
      const primals = [x as Tensor, indices as Tensor, updates as Tensor] as const
      const y = scatterSlices(kind, ...primals, params)
      return [[y], [jvp(primals, dx ?? null, du ?? null, y, params)]]
    },
    ...(transposed === undefined ? {} : { transpose: transposed }),
    batch: ([x, indices, updates], [axis, indexAxis, updateAxis], params, { size }) => {
      const front = moveBatchAxis(x as Tensor, axis ?? null, 0, size)
      const unique = { uniqueIndices: params.uniqueIndices }
      if (typeof indexAxis !== 'number') {
        const change = moveBatchAxis(updates as Tensor, updateAxis ?? null, (indices as Tensor).sizes.length - 1, size)
        return [
          [scatterSlices(kind, front, indices as Tensor, change, { ...shiftedSlices(params, size, false), ...unique })],
          [0],
        ]
      }
      const paired = withBatchIndex(moveBatchAxis(indices as Tensor, indexAxis, 0, size), size)
      const change = moveBatchAxis(updates as Tensor, updateAxis ?? null, 0, size)
      return [[scatterSlices(kind, front, paired, change, { ...shiftedSlices(params, 1, true), ...unique })], [0]]
    },
  })

/** `true` if no element can be updated twice. */
const neverRepeats = (indices: Tensor, params: ScatterParams): boolean =>
  params.uniqueIndices || sizeOf(sizesBetween(indices.sizes, 0, -1)) <= 1

const asFloat = (mask: Tensor, dtype: DType): Tensor => convertElementType(mask, dtype)

/** Which elements keep the operand's value, and which updates are the last ones to reach theirs. */
const lastWriters = (
  x: Abstract,
  indices: Tensor,
  updates: Abstract,
  params: ScatterParams,
): { readonly untouched: Tensor; readonly last: Tensor } => {
  const batch = sizesBetween(indices.sizes, 0, -1)
  const count = sizeOf(batch)
  const ids = new ConcreteTensor(batch, 'int32', Int32Array.from(range(count, 1)))
  const spread = broadcastInDim(ids, updates.shape, range(batch.length))
  const writers = scatterSlices(
    'scatter',
    uniform(0, { shape: x.shape, dtype: 'int32', weakType: false }),
    indices,
    spread,
    params,
  )
  return { untouched: eq(writers, 0), last: eq(gatherSlices(writers, indices, params, 0), spread) }
}

const scatterP = define({
  kind: 'scatter',
  jvp: ([x, indices, updates], dx, du, _, params) => {
    if (neverRepeats(indices, params)) {
      return scatterSlices('scatter', dx ?? uniform(0, x), indices, du ?? uniform(0, updates), params)
    }
    const { untouched, last } = lastWriters(x, indices, updates, params)
    const kept = dx ? select(untouched, dx, 0) : uniform(0, x)
    return du ? scatterSlices('scatterAdd', kept, indices, select(last, du, 0), params) : kept
  },
  transpose: ([ct], [x, indices, updates], params) => {
    const [g, positions] = [ct as Tensor, indices as Tensor]
    const change = updates instanceof LinearInput ? updates.abstract : (updates as Tensor)
    const taken = (): Tensor => gatherSlices(g, positions, params, 0)
    if (neverRepeats(positions, params)) {
      const erased = (): Tensor => scatterSlices('scatter', g, positions, uniform(0, change), params)
      return [x instanceof LinearInput ? erased() : null, null, updates instanceof LinearInput ? taken() : null]
    }
    const { untouched, last } = lastWriters(g, positions, change, params)
    return [
      x instanceof LinearInput ? select(untouched, g, 0) : null,
      null,
      updates instanceof LinearInput ? select(last, taken(), 0) : null,
    ]
  },
})

const scatterAddP = define({
  kind: 'scatterAdd',
  jvp: ([x, indices, updates], dx, du, _, params) =>
    du ? scatterSlices('scatterAdd', dx ?? uniform(0, x), indices, du ?? uniform(0, updates), params) : dx,
  transpose: ([ct], [x, indices, updates], params) => [
    x instanceof LinearInput ? (ct as Tensor) : null,
    null,
    updates instanceof LinearInput ? gatherSlices(ct as Tensor, indices as Tensor, params, 0) : null,
  ],
})

/** For each update, the product of the others that reach the same element, also where some are zero. */
const productOfOthers = (x: Tensor, indices: Tensor, updates: Tensor, params: ScatterParams): Tensor => {
  const zero = eq(updates, 0)
  const nonzero = select(zero, 1, updates)
  const there = (y: Tensor): Tensor => gatherSlices(y, indices, params, 0)
  const product = there(scatterSlices('scatterMul', uniform(1, x), indices, nonzero, params))
  const zeros = there(scatterSlices('scatterAdd', uniform(0, x), indices, asFloat(zero, x.dtype), params))
  return select(zero, select(eq(zeros, 1), product, 0), select(eq(zeros, 0), div(product, nonzero), 0))
}

const scatterMulP = define({
  kind: 'scatterMul',
  jvp: ([x, indices, updates], dx, du, _, params) => {
    const left = dx ? scatterSlices('scatterMul', dx, indices, updates, params) : null
    if (!du) return left
    const factor = gatherSlices(x, indices, params, 0)
    const others = neverRepeats(indices, params) ? factor : mul(factor, productOfOthers(x, indices, updates, params))
    const right = scatterSlices('scatterAdd', uniform(0, x), indices, mul(du, others), params)
    return left ? add(left, right) : right
  },
  transpose: ([ct], [x, indices, updates], params) => [
    x instanceof LinearInput
      ? scatterSlices('scatterMul', ct as Tensor, indices as Tensor, updates as Tensor, params)
      : null,
    null,
    updates instanceof LinearInput
      ? mul(
          gatherSlices(ct as Tensor, indices as Tensor, params, 0),
          gatherSlices(x as Tensor, indices as Tensor, params, 0),
        )
      : null,
  ],
})

/** The extreme's tangent is shared equally by all that reach it: updates and the operand's own element. */
const extremum = (kind: 'scatterMin' | 'scatterMax'): Primitive<ScatterParams> =>
  define({
    kind,
    jvp: ([x, indices, updates], dx, du, y, params) => {
      const stays = asFloat(eq(x, y), x.dtype)
      const hits = asFloat(eq(updates, gatherSlices(y, indices, params, 0)), x.dtype)
      const winners = scatterSlices('scatterAdd', stays, indices, hits, params)
      const share = div(1, select(eq(winners, 0), 1, winners))
      const left = dx ? mul(dx, mul(stays, share)) : null
      if (!du) return left
      const weight = mul(hits, gatherSlices(share, indices, params, 0))
      return scatterSlices('scatterAdd', left ?? uniform(0, x), indices, mul(du, weight), params)
    },
  })

const table: Readonly<Record<ScatterKind, Primitive<ScatterParams>>> = {
  scatter: scatterP,
  scatterAdd: scatterAddP,
  scatterMul: scatterMulP,
  scatterMin: extremum('scatterMin'),
  scatterMax: extremum('scatterMax'),
}

/** Scatter in canonical order: updates have the axes of the indices, then those of a slice. */
export const scatterSlices = (
  kind: ScatterKind,
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  spec: ScatterSpec,
): Tensor => {
  // Updates of nothing are dropped, as all that lie outside are.
  if (picksFromNothing(x, spec)) return spec.mode === 'fill' || updates.size === 0 ? x : nothingInside(x)
  return bind1(table[kind], [x, indices, updates], {
    sliceSizes: [...spec.sliceSizes],
    collapsed: [...spec.collapsed].sort((a, b) => a - b),
    startIndexMap: [...spec.startIndexMap],
    mode: spec.mode,
    uniqueIndices: spec.uniqueIndices ?? false,
  })
}

/** How the axes of operand, indices and updates of `scatter` belong together, as in XLA. */
export interface ScatterDimensionNumbers {
  /** Axes of the updates that run over a slice. */
  readonly updateWindowDims: readonly number[]
  /** Axes of the operand (of slice size 1) that the updates leave out. */
  readonly insertedWindowDims: readonly number[]
  /** The operand's axis for each component of an index vector. */
  readonly scatterDimsToOperandDims: readonly number[]
  /** Axes of the operand walked together with those of the indices in `scatterIndicesBatchingDims`. */
  readonly operandBatchingDims?: readonly number[]
  readonly scatterIndicesBatchingDims?: readonly number[]
}

export interface ScatterOptions {
  /** What happens to updates outside the operand; the default drops them, as in JAX. */
  readonly mode?: IndexMode
  /** A promise that no element is updated twice. */
  readonly uniqueIndices?: boolean
}

export type Scatter = (
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  dimensions: ScatterDimensionNumbers,
  options?: ScatterOptions,
) => Tensor

const general = (kind: ScatterKind): Scatter =>
  operation(kind, { at: 4, names: ['mode', 'uniqueIndices'] }, scattered(kind))

const scattered =
  (kind: ScatterKind): Scatter =>
  (x, indices, updates, dimensions, { mode = 'drop', uniqueIndices = false } = {}) => {
    if (typeof dimensions !== 'object' || dimensions === null)
      throw new ShapeError(`${kind}: the dimension numbers are ${show(dimensions)}; they have to be an object.`)
    const { operandBatchingDims = [] } = dimensions
    const updateWindowDims = wholeNumbers(kind, 'updateWindowDims', dimensions.updateWindowDims)
    const insertedWindowDims = wholeNumbers(kind, 'insertedWindowDims', dimensions.insertedWindowDims)
    const scatterDimsToOperandDims = wholeNumbers(kind, 'scatterDimsToOperandDims', dimensions.scatterDimsToOperandDims)
    wholeNumbers(kind, 'operandBatchingDims', operandBatchingDims)
    const collapsed = [...insertedWindowDims, ...operandBatchingDims]
    const rank = updates.sizes.length
    if (
      updateWindowDims.length !== x.sizes.length - collapsed.length ||
      rank !== indices.sizes.length - 1 + updateWindowDims.length ||
      updateWindowDims.some((a) => !Number.isInteger(a) || a < 0 || a >= rank)
    ) {
      throw new ShapeError(
        `${kind}: updateWindowDims ${showShape(updateWindowDims)} of updates ${showType(updates)} have to be the ` +
          `${x.sizes.length - collapsed.length} axes that run over slices of ${showType(x)}, next to the ${indices.sizes.length - 1} of the indices ${showType(indices)}.`,
      )
    }
    let next = 0
    const sliceSizes: Shape = mapSizes(x.sizes, (_, a) =>
      collapsed.includes(a) ? 1 : (updates.sizes[updateWindowDims[next++] as number] as number),
    )
    const order = [...range(rank).filter((a) => !updateWindowDims.includes(a)), ...updateWindowDims]
    return scatterSlices(
      kind,
      x,
      withBatchingDims(kind, asInt32(indices), operandBatchingDims, dimensions.scatterIndicesBatchingDims),
      transpose(updates, order),
      {
        sliceSizes,
        collapsed,
        startIndexMap: [...operandBatchingDims, ...scatterDimsToOperandDims],
        mode: sliceMode(kind, mode),
        uniqueIndices,
      },
    )
  }

/**
 * `x` with slices replaced by updates; where indices repeat, the last one stays. Its derivative flows to that one only.
 * @throws ShapeError, DTypeError
 * @example
 * const at = np.array([[1], [3], [1]], { dtype: 'int32' })
 * const dimensions = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatter(np.zeros([4]), at, np.array([5, 6, 7]), dimensions) // [0, 7, 0, 6]
 */
export const scatter: Scatter = general('scatter')
/**
 * `x` with updates added to slices; repeated indices add up.
 * @throws ShapeError, DTypeError
 * @example
 * const at = np.array([[1], [3], [1]], { dtype: 'int32' })
 * const dimensions = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatterAdd(np.zeros([4]), at, np.array([5, 6, 7]), dimensions) // [0, 12, 0, 6]
 */
export const scatterAdd: Scatter = general('scatterAdd')
/**
 * `x` with slices multiplied by updates; repeated indices multiply on.
 * @throws ShapeError, DTypeError
 * @example
 * const at = np.array([[1], [3], [1]], { dtype: 'int32' })
 * const dimensions = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatterMul(np.ones([4]), at, np.array([5, 6, 7]), dimensions) // [1, 35, 1, 6]
 */
export const scatterMul: Scatter = general('scatterMul')
/**
 * `x` with slices lowered to the updates where these are smaller.
 * @throws ShapeError, DTypeError
 * @example
 * const at = np.array([[1], [3], [1]], { dtype: 'int32' })
 * const dimensions = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatterMin(np.full([4], 6), at, np.array([5, 6, 7]), dimensions) // [6, 5, 6, 6]
 */
export const scatterMin: Scatter = general('scatterMin')
/**
 * `x` with slices raised to the updates where these are larger.
 * @throws ShapeError, DTypeError
 * @example
 * const at = np.array([[1], [3], [1]], { dtype: 'int32' })
 * const dimensions = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatterMax(np.full([4], 6), at, np.array([5, 8, 7]), dimensions) // [6, 7, 6, 8]
 */
export const scatterMax: Scatter = general('scatterMax')
