/** Convolution with strides, padding, dilation of operand and kernel, feature groups and batch groups. */

import { bytesOf, type DType, isFloat, kernelSuffix } from '../dtype.js'
import { DTypeError, RangeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { showType } from '../print.js'
import { invertPermutation, range, type Shape, showShape, sizeOf, sizesBetween } from '../shape.js'
import { show } from '../show.js'
import { type Abstract, type Tensor, uniform } from '../tensor.js'
import { add } from './arithmetic.js'
import { moveBatchAxis } from './batching.js'
import {
  type ConvDimensions,
  checkExtents,
  checkSteps,
  convDimensionNumbers,
  dilated,
  type Padding,
  type PadPair,
  padPairs,
  resolvePadding,
  slidingSize,
  steps,
  transposedPadding,
} from './conv-dimensions.js'
import { convByProducts } from './conv-integer.js'
import { emitFiltering, filteringOf } from './conv-winograd.js'
import { convertElementType } from './convert.js'
import { integer, oneOf } from './parameters.js'
import { bind1, type Emitter, LinearInput, type Operand, type Params, primitive } from './primitive.js'
import { reshape, transpose } from './shape.js'
import { rev } from './slice.js'

/** A convolution of [N, S…, C] with [K…, C / groups, F] to [N / batchGroups, O…, F]. */
export interface ConvGeometry {
  readonly strides: Shape
  readonly padding: readonly PadPair[]
  readonly lhsDilation: Shape
  readonly rhsDilation: Shape
  /** Block g of the output features sees block g of the input features. */
  readonly featureGroupCount: number
  /** Block g of the output features sees block g of the batch. */
  readonly batchGroupCount: number
  readonly precision: 'default' | 'highest'
}

type ConvParams = Params & ConvGeometry

const spatial = (shape: Shape): Shape => sizesBetween(shape, 1, -1)
const last = (shape: Shape): number => shape[shape.length - 1] as number

/** The shape of the result of a canonical convolution. */
const convShape = (x: Shape, w: Shape, geometry: ConvGeometry): Shape => [
  (x[0] as number) / geometry.batchGroupCount,
  ...spatial(x).map((n, i) =>
    slidingSize(
      dilated(n, geometry.lhsDilation[i] as number),
      dilated(w[i] as number, geometry.rhsDilation[i] as number),
      geometry.strides[i] as number,
      geometry.padding[i] as PadPair,
    ),
  ),
  last(w),
]

const checkConv = (x: Abstract, w: Abstract, geometry: ConvGeometry): void => {
  const { featureGroupCount: groups, batchGroupCount: batchGroups } = geometry
  const rank = x.shape.length - 2
  const both = `operand ${showType(x)} [N, …, C] and kernel ${showType(w)} [K…, C / groups, F]`
  if (x.dtype !== w.dtype)
    throw new DTypeError(`convGeneralDilated: ${both} differ in dtype. Convert with w.astype('${x.dtype}').`)
  if (!isFloat(x.dtype))
    throw new DTypeError(`convGeneralDilated: takes float32 or float64 kernels here, not ${x.dtype}.`)
  checkSteps('convGeneralDilated', 'strides', geometry.strides, rank)
  checkSteps('convGeneralDilated', 'lhsDilation', geometry.lhsDilation, rank)
  checkSteps('convGeneralDilated', 'rhsDilation', geometry.rhsDilation, rank)
  checkSteps('convGeneralDilated', 'group counts', [groups, batchGroups], 2)
  if (w.shape.length !== x.shape.length) throw new ShapeError(`convGeneralDilated: ${both} differ in rank.`)
  checkExtents(
    'convGeneralDilated',
    spatial(x.shape).map((n, i) => dilated(n, geometry.lhsDilation[i] as number)),
    sizesBetween(w.shape, 0, rank).map((n, i) => dilated(n, geometry.rhsDilation[i] as number)),
    geometry.padding,
  )
  const [features, inner, out] = [last(x.shape), w.shape[rank] as number, last(w.shape)]
  if (groups > 1 && batchGroups > 1) {
    throw new ShapeError(
      `convGeneralDilated: featureGroupCount ${groups} and batchGroupCount ${batchGroups} cannot both be above 1.`,
    )
  }
  if (inner * groups !== features) {
    throw new ShapeError(
      `convGeneralDilated: ${both} do not fit: the operand has ${features} features and the kernel takes ${inner} in each of ${groups} groups. ` +
        'Check dimensionNumbers and featureGroupCount.',
    )
  }
  if (out % groups !== 0 || out % batchGroups !== 0 || (x.shape[0] as number) % batchGroups !== 0) {
    throw new ShapeError(
      `convGeneralDilated: ${both} do not split into ${groups} feature groups and ${batchGroups} batch groups: ` +
        `${out} output features and a batch of ${x.shape[0]} have to be divisible.`,
    )
  }
}

const multiplyAddsPerNanosecond = 25

const convP = primitive<ConvParams>({
  name: 'convGeneralDilated',
  operands: 2,
  parameters: {
    strides: steps,
    padding: padPairs,
    lhsDilation: steps,
    rhsDilation: steps,
    featureGroupCount: integer(1),
    batchGroupCount: integer(1),
    precision: oneOf('default', 'highest'),
  },
  abstract: ([x, w], params) => {
    const [operand, kernel] = [x as Abstract, w as Abstract]
    checkConv(operand, kernel, params)
    return [
      {
        shape: convShape(operand.shape, kernel.shape, params),
        dtype: operand.dtype,
        weakType: operand.weakType && kernel.weakType,
      },
    ]
  },
  accepts: 'any',
  // Groups along the batch read images of other parts; minimal filtering transforms the kernel once for all images.
  rows: ([x, w], [y], params) => {
    const [operand, kernel, result] = [x as Abstract, w as Abstract, y as Abstract]
    const isFiltered = filteringOf(result.dtype, operand.shape, kernel.shape, result.shape, params) !== null
    return params.batchGroupCount > 1 || isFiltered ? null : { uses: ['own', 'all'] }
  },
  flops: ([, w], [y]) =>
    (2 * sizeOf((y as Abstract).shape) * sizeOf((w as Abstract).shape)) / Math.max(last((w as Abstract).shape), 1),
  lower: (emit, [x, w], [y], params) => {
    const [operand, kernel, result] = [x as Operand, w as Operand, y as Operand]
    const suffix = kernelSuffix(result.dtype)
    const rank = result.shape.length - 2
    if (sizeOf(result.shape) === 0) return
    const filtering = filteringOf(result.dtype, operand.shape, kernel.shape, result.shape, params)
    if (filtering !== null) {
      emitFiltering(emit, filtering, operand, kernel, result)
      return
    }
    const meta = (to: Emitter, images: number): number =>
      to.table([
        ...[images, last(operand.shape), last(kernel.shape), params.featureGroupCount, params.batchGroupCount],
        ...[...spatial(operand.shape), ...kernel.shape.slice(0, rank), ...spatial(result.shape), ...params.strides],
        ...[...params.padding.map(([low]) => low), ...params.lhsDilation, ...params.rhsDilation],
      ])
    const [from, by] = [emit.contiguous(operand), emit.contiguous(kernel)]
    const images = operand.shape[0] as number
    const image = (x: Operand): number => sizeOf(sizesBetween(x.shape, 1)) * bytesOf(x.dtype)
    const part = (to: Emitter, first: number, count: number): void => {
      const geometry = meta(to, count)
      const workspace = to.scratch(to.query(`convScratch_${suffix}`, rank, geometry))
      const [at, y] = [from + first * image(operand), result.pointer + first * image(result)]
      to.call(`conv_${suffix}`, at, by, y, rank, geometry, workspace)
    }
    const work = (sizeOf(result.shape) * sizeOf(kernel.shape)) / last(kernel.shape) / multiplyAddsPerNanosecond
    // Groups along the batch read images of other parts.
    if (params.batchGroupCount > 1) part(emit, 0, images)
    else emit.parallel(images, work, part)
  },
  jvp: ([x, w], [dx, dw], params) => {
    const [operand, kernel] = [x as Tensor, w as Tensor]
    const left = dx ? canonicalConv(dx, kernel, params) : null
    const right = dw ? canonicalConv(operand, dw, params) : null
    return [[canonicalConv(operand, kernel, params)], [left && right ? add(left, right) : (left ?? right)]]
  },
  transpose: ([ct], [x, w], params) =>
    x instanceof LinearInput
      ? [operandCotangent(ct as Tensor, x.abstract, w as Tensor, params), null]
      : [null, kernelCotangent(ct as Tensor, x as Tensor, (w as LinearInput).abstract, params)],
  batch: ([x, w], [axis, kernelAxis], params, { size }) => {
    if (typeof axis === 'number' && typeof kernelAxis === 'number')
      return bothBatched(x as Tensor, w as Tensor, axis, kernelAxis, params, size)
    if (typeof axis === 'number') return operandBatched(x as Tensor, w as Tensor, axis, params, size)
    return kernelBatched(x as Tensor, w as Tensor, kernelAxis as number, params, size)
  },
})

const canonicalConv = (x: Tensor, w: Tensor, geometry: ConvGeometry): Tensor =>
  bind1(convP, [x, w], {
    strides: [...geometry.strides],
    padding: geometry.padding.map(([low, high]) => [low, high] as const),
    lhsDilation: [...geometry.lhsDilation],
    rhsDilation: [...geometry.rhsDilation],
    featureGroupCount: geometry.featureGroupCount,
    batchGroupCount: geometry.batchGroupCount,
    precision: geometry.precision,
  })

/** The cotangent slides over the kernel reversed, with strides and dilation exchanged and features in and out swapped. */
const operandCotangent = (g: Tensor, x: Abstract, w: Tensor, params: ConvGeometry): Tensor => {
  if (sizeOf(g.sizes) === 0 || sizeOf(w.sizes) === 0) return uniform(0, x)
  const rank = x.shape.length - 2
  const { featureGroupCount, batchGroupCount } = params
  const groups = Math.max(featureGroupCount, batchGroupCount)
  const [window, inner, features] = [sizesBetween(w.sizes, 0, rank), w.sizes[rank] as number, last(w.sizes)]
  const grouped = reshape(w, [...window, inner, groups, features / groups])
  const swapped = reshape(transpose(grouped, [...range(rank), rank + 2, rank + 1, rank]), [
    ...window,
    features / groups,
    groups * inner,
  ])
  const padding = transposedPadding(
    spatial(x.shape),
    window,
    params.strides,
    spatial(g.sizes),
    params.padding,
    params.lhsDilation,
    params.rhsDilation,
  )
  const back = canonicalConv(g, rev(swapped, range(rank)), {
    strides: params.lhsDilation,
    padding,
    lhsDilation: params.strides,
    rhsDilation: params.rhsDilation,
    featureGroupCount: groups,
    batchGroupCount: 1,
    precision: params.precision,
  })
  if (batchGroupCount === 1) return back
  const apart = reshape(back, [...back.sizes.slice(0, -1), groups, inner])
  return reshape(transpose(apart, [rank + 1, ...range(rank + 1), rank + 2]), x.shape)
}

/** The operand slides over the cotangent, with batch and features swapped and strides and kernel dilation exchanged. */
const kernelCotangent = (g: Tensor, x: Tensor, w: Abstract, params: ConvGeometry): Tensor => {
  if (sizeOf(g.sizes) === 0 || sizeOf(x.sizes) === 0) return uniform(0, w)
  const rank = x.sizes.length - 2
  const padding = spatial(x.sizes).map((n, i): PadPair => {
    const [low] = params.padding[i] as PadPair
    const window = dilated(w.shape[i] as number, params.rhsDilation[i] as number)
    const covered = dilated(spatial(g.sizes)[i] as number, params.strides[i] as number)
    return [low, covered - dilated(n, params.lhsDilation[i] as number) + window - low - 1]
  })
  const result = canonicalConv(
    transpose(x, [rank + 1, ...range(rank, 1), 0]),
    transpose(g, [...range(rank, 1), 0, rank + 1]),
    {
      strides: params.rhsDilation,
      padding,
      lhsDilation: params.lhsDilation,
      rhsDilation: params.strides,
      featureGroupCount: params.batchGroupCount,
      batchGroupCount: params.featureGroupCount,
      precision: params.precision,
    },
  )
  return transpose(result, [...range(rank, 1), 0, rank + 1])
}

/** Joins `axis` with the one after it. */
const merge = (x: Tensor, axis: number): Tensor =>
  reshape(x, [
    ...x.sizes.slice(0, axis),
    (x.sizes[axis] as number) * (x.sizes[axis + 1] as number),
    ...x.sizes.slice(axis + 2),
  ])

/** Splits `axis` into `[outer, rest]`. */
const divide = (x: Tensor, axis: number, outer: number): Tensor =>
  reshape(x, [...x.sizes.slice(0, axis), outer, (x.sizes[axis] as number) / outer, ...x.sizes.slice(axis + 1)])

type Batched = readonly [readonly Tensor[], readonly (number | null)[]]

/** Each element of the batch becomes a feature group (or batch group) of its own. */
const bothBatched = (
  x: Tensor,
  w: Tensor,
  axis: number,
  kernelAxis: number,
  params: ConvGeometry,
  size: number,
): Batched => {
  const rank = x.sizes.length - 3
  const byBatch = params.batchGroupCount > 1
  const kernel = merge(moveBatchAxis(w, kernelAxis, rank + 1, size), rank + 1)
  const at = byBatch ? 0 : rank + 1
  const y = canonicalConv(merge(moveBatchAxis(x, axis, at, size), at), kernel, {
    ...params,
    featureGroupCount: byBatch ? params.featureGroupCount : params.featureGroupCount * size,
    batchGroupCount: byBatch ? params.batchGroupCount * size : params.batchGroupCount,
  })
  return [[divide(y, rank + 1, size)], [rank + 1]]
}

const operandBatched = (x: Tensor, w: Tensor, axis: number, params: ConvGeometry, size: number): Batched => {
  const front = moveBatchAxis(x, axis, 0, size)
  if (params.batchGroupCount === 1) return [[divide(canonicalConv(merge(front, 0), w, params), 0, size)], [0]]
  const blocks = divide(front, 1, params.batchGroupCount)
  const order = [1, 0, ...range(blocks.sizes.length - 2, 2)]
  const y = canonicalConv(merge(merge(transpose(blocks, order), 0), 0), w, params)
  return [[divide(y, 0, size)], [0]]
}

const kernelBatched = (x: Tensor, w: Tensor, kernelAxis: number, params: ConvGeometry, size: number): Batched => {
  const rank = x.sizes.length - 2
  const groups = Math.max(params.featureGroupCount, params.batchGroupCount)
  // Output features are ordered group, batch, feature, so that groups stay contiguous blocks.
  const apart = divide(moveBatchAxis(w, kernelAxis, rank + 1, size), rank + 2, groups)
  const ordered = transpose(apart, [...range(rank + 1), rank + 2, rank + 1, rank + 3])
  const y = canonicalConv(x, merge(merge(ordered, rank + 1), rank + 1), params)
  const split = divide(divide(y, rank + 1, groups), rank + 2, size)
  return [[merge(transpose(split, [...range(rank + 1), rank + 2, rank + 1, rank + 3]), rank + 2)], [rank + 1]]
}

/**
 * How exact sums of products have to be. 'default' (and null) may take fewer multiplications whose results are rounded a few times
 * more, as minimal filtering does for 3×3 kernels of float32; 'high' and 'highest' are the sums of the definition.
 */
export type Precision = 'default' | 'high' | 'highest' | null

export interface ConvOptions {
  readonly lhsDilation?: Shape
  readonly rhsDilation?: Shape
  /** Axis orders such as `['NHWC', 'HWIO', 'NHWC']`; channels first by default. */
  readonly dimensionNumbers?: ConvDimensions | null
  readonly featureGroupCount?: number
  readonly batchGroupCount?: number
  /** The dtype to compute in, and of the result. */
  readonly preferredElementType?: DType
  /** 'default' unless said. */
  readonly precision?: Precision
}

/** @throws RangeError */
const exactness = (precision: Precision): ConvGeometry['precision'] => {
  if (precision === null || precision === 'default') return 'default'
  if (precision === 'high' || precision === 'highest') return 'highest'
  throw new RangeError(`convGeneralDilated: precision ${show(precision)} is none of 'default', 'high' and 'highest'.`)
}

/**
 * Convolution (without reversing the kernel) in its general form.
 * @param padding 'SAME', 'VALID', 'SAME_LOWER' or a [low, high] pair per spatial axis
 * @throws ShapeError, DTypeError naming operand, kernel and the numbers that do not fit, RangeError for an unknown precision
 * @example
 * const y = lax.convGeneralDilated(np.ones([1, 5, 5, 1]), np.ones([3, 3, 1, 2]), [1, 1], 'VALID', { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] })
 * y.shape // [1, 3, 3, 2]
 */
export const convGeneralDilated = operation(
  'convGeneralDilated',
  {
    at: 4,
    names: [
      'lhsDilation',
      'rhsDilation',
      'dimensionNumbers',
      'featureGroupCount',
      'batchGroupCount',
      'preferredElementType',
      'precision',
    ],
  },
  (lhs: Tensor, rhs: Tensor, windowStrides: Shape, padding: Padding, options: ConvOptions = {}): Tensor => {
    const { preferredElementType, dimensionNumbers, ...rest } = options
    if (preferredElementType !== undefined && preferredElementType !== lhs.dtype) {
      const [x, w] = [convertElementType(lhs, preferredElementType), convertElementType(rhs, preferredElementType)]
      return convGeneralDilated(x, w, windowStrides, padding, { ...rest, dimensionNumbers: dimensionNumbers ?? null })
    }
    const { lhsSpec, rhsSpec, outSpec } = convDimensionNumbers(lhs.sizes, rhs.sizes, dimensionNumbers)
    const rank = lhs.sizes.length - 2
    const ones = range(rank).map(() => 1)
    const {
      lhsDilation = ones,
      rhsDilation = ones,
      featureGroupCount = 1,
      batchGroupCount = 1,
      precision = null,
    } = rest
    checkSteps('convGeneralDilated', 'windowStrides', windowStrides, rank)
    checkSteps('convGeneralDilated', 'lhsDilation', lhsDilation, rank)
    checkSteps('convGeneralDilated', 'rhsDilation', rhsDilation, rank)
    if (typeof padding === 'string' && padding.toUpperCase() !== 'VALID' && lhsDilation.some((d) => d !== 1)) {
      throw new ShapeError(
        `convGeneralDilated: padding '${padding}' is ambiguous with lhsDilation ${showShape(lhsDilation)}. Give pairs, or use lax.convTranspose.`,
      )
    }
    const x = transpose(lhs, [lhsSpec[0] as number, ...lhsSpec.slice(2), lhsSpec[1] as number])
    const w = transpose(rhs, [...rhsSpec.slice(2), rhsSpec[1] as number, rhsSpec[0] as number])
    const geometry: ConvGeometry = {
      strides: windowStrides,
      padding: resolvePadding(
        'convGeneralDilated',
        padding,
        spatial(x.sizes).map((n, i) => dilated(n, lhsDilation[i] as number)),
        sizesBetween(w.sizes, 0, rank).map((n, i) => dilated(n, rhsDilation[i] as number)),
        windowStrides,
      ),
      lhsDilation,
      rhsDilation,
      featureGroupCount,
      batchGroupCount,
      precision: exactness(precision),
    }
    const y =
      isFloat(lhs.dtype) || lhs.dtype !== rhs.dtype ? canonicalConv(x, w, geometry) : convByProducts(x, w, geometry)
    return transpose(y, invertPermutation([outSpec[0] as number, ...outSpec.slice(2), outSpec[1] as number]))
  },
)
