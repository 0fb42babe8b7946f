/** Convolutions, and what is made of them. */

import { wholeNumbers } from '../checks.js'
import type { DType } from '../dtype.js'
import { ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { eq } from '../primitives/compare.js'
import { type ConvOptions, convGeneralDilated, type Precision } from '../primitives/conv.js'
import {
  type ConvDimensions,
  convDimensionNumbers,
  dilated,
  type Padding,
  type PadPair,
} from '../primitives/conv-dimensions.js'
import { convertElementType } from '../primitives/convert.js'
import { broadcastedIota } from '../primitives/iota.js'
import { broadcastInDim, reshape, transpose } from '../primitives/shape.js'
import { rev } from '../primitives/slice.js'
import { checkShape, invertPermutation, range, type Shape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'

export type { ConvOptions, Precision } from '../primitives/conv.js'
export { convGeneralDilated } from '../primitives/conv.js'
export {
  type ConvDimensionNumbers,
  type ConvDimensions,
  convDimensionNumbers,
  type Padding,
  type PadPair,
} from '../primitives/conv-dimensions.js'

import { show } from '../show.js'

export type Preferred = Pick<ConvOptions, 'preferredElementType' | 'precision'>

/**
 * Convolution, channels first: [N, C, …] with [O, I, …].
 * @throws ShapeError, DTypeError
 * @example lax.conv(np.ones([1, 3, 8, 8]), np.ones([4, 3, 3, 3]), [1, 1], 'SAME').shape // [1, 4, 8, 8]
 */
export const conv = operation(
  'conv',
  { at: 4, names: ['preferredElementType', 'precision'] },
  (lhs: Tensor, rhs: Tensor, windowStrides: Shape, padding: Padding, options: Preferred = {}): Tensor =>
    convGeneralDilated(lhs, rhs, windowStrides, padding, options),
)

/**
 * Convolution with dilation.
 * @throws ShapeError, DTypeError
 * @example lax.convWithGeneralPadding(np.ones([1, 3, 8]), np.ones([4, 3, 3]), [1], [[2, 0]], null, [1]).shape // [1, 4, 8]
 */
export const convWithGeneralPadding = operation(
  'convWithGeneralPadding',
  { at: 6, names: ['preferredElementType', 'precision'] },
  (
    lhs: Tensor,
    rhs: Tensor,
    windowStrides: Shape,
    padding: Padding,
    lhsDilation: Shape | null,
    rhsDilation: Shape | null,
    options: Preferred = {},
  ): Tensor =>
    convGeneralDilated(lhs, rhs, windowStrides, padding, {
      ...options,
      ...(lhsDilation === null ? {} : { lhsDilation }),
      ...(rhsDilation === null ? {} : { rhsDilation }),
    }),
)

export interface ConvTransposeOptions {
  readonly rhsDilation?: Shape
  /** Channels last by default: NHWC, HWIO, NHWC. */
  readonly dimensionNumbers?: ConvDimensions | null
  /** Take the kernel of the convolution that this is the gradient of: reversed, features in and out swapped. */
  readonly transposeKernel?: boolean
  readonly preferredElementType?: DType
  /** 'default' unless said. */
  readonly precision?: Precision
}

const channelsLast: readonly (readonly [string, string, string])[] = [
  ['NC', 'IO', 'NC'],
  ['NHC', 'HIO', 'NHC'],
  ['NHWC', 'HWIO', 'NHWC'],
  ['NHWDC', 'HWDIO', 'NHWDC'],
]

/** SAME multiplies sizes by the stride, VALID keeps every position where operand and kernel meet. */
const fractionalPadding = (window: number, stride: number, rule: string): PadPair => {
  if (rule === 'VALID') return [window - 1, window + stride - 2 + Math.max(window - stride, 0) - (window - 1)]
  const total = window + stride - 2
  const low = stride > window - 1 ? window - 1 : Math.ceil(total / 2)
  return [low, total - low]
}

/**
 * Fractionally strided convolution ("deconvolution"): the operand is dilated by the strides.
 * @throws ShapeError, DTypeError
 * @example lax.convTranspose(np.ones([1, 4, 4, 3]), np.ones([3, 3, 3, 8]), [2, 2], 'SAME').shape // [1, 8, 8, 8]
 */
export const convTranspose = operation(
  'convTranspose',
  { at: 4, names: ['rhsDilation', 'dimensionNumbers', 'transposeKernel', 'preferredElementType', 'precision'] },
  (
    lhs: Tensor,
    rhs: Tensor,
    strides: Shape,
    padding: Padding,
    {
      rhsDilation = wholeNumbers('convTranspose', 'the list of strides', strides).map(() => 1),
      dimensionNumbers,
      transposeKernel = false,
      ...rest
    }: ConvTransposeOptions = {},
  ): Tensor => {
    const letters = dimensionNumbers ?? channelsLast[lhs.ndim - 2]
    if (letters === undefined)
      throw new ShapeError(`convTranspose: an operand of rank ${lhs.ndim} needs dimensionNumbers.`)
    const numbers = convDimensionNumbers(lhs.sizes, rhs.sizes, letters)
    const [out, into, ...spatial] = numbers.rhsSpec as [number, number, ...number[]]
    const rule = typeof padding === 'string' ? padding.toUpperCase() : null
    if (rule !== null && rule !== 'SAME' && rule !== 'VALID') {
      throw new ShapeError(
        `convTranspose: padding ${show(padding)} is none of 'SAME', 'VALID' or pairs [[low, high], …].`,
      )
    }
    const pads =
      rule === null
        ? padding
        : spatial.map((a, i) =>
            fractionalPadding(dilated(rhs.sizes[a] as number, rhsDilation[i] as number), strides[i] as number, rule),
          )
    const swap = (a: number): number => (a === out ? into : a === into ? out : a)
    const kernel = transposeKernel ? transpose(rev(rhs, spatial), range(rhs.ndim).map(swap)) : rhs
    return convGeneralDilated(
      lhs,
      kernel,
      strides.map(() => 1),
      pads,
      { ...rest, lhsDilation: strides, rhsDilation, dimensionNumbers: numbers },
    )
  },
)

/**
 * The elements that each window of a convolution sees, along the feature axis: channel by channel, each window row-major.
 * @throws ShapeError, DTypeError
 * @example lax.convGeneralDilatedPatches(np.ones([1, 3, 8, 8]), [2, 2], [2, 2], 'VALID').shape // [1, 12, 4, 4]
 */
export const convGeneralDilatedPatches = operation(
  'convGeneralDilatedPatches',
  { at: 4, names: ['preferredElementType', 'precision', 'rhsDilation', 'dimensionNumbers', 'lhsDilation'] },
  (
    lhs: Tensor,
    filterShape: Shape,
    windowStrides: Shape,
    padding: Padding,
    options: Omit<ConvOptions, 'featureGroupCount' | 'batchGroupCount'> = {},
  ): Tensor => {
    checkShape('convGeneralDilatedPatches', filterShape)
    const numbers = convDimensionNumbers(lhs.sizes, [1, 1, ...filterShape], options.dimensionNumbers)
    const size = sizeOf(filterShape)
    const channels = lhs.sizes[numbers.lhsSpec[1] as number] as number
    const [row, column] = [0, 1].map((axis) => broadcastedIota('int32', [size, size], axis)) as [Tensor, Tensor]
    const identity = convertElementType(eq(row, column), lhs.dtype)
    const kernel = reshape(broadcastInDim(identity, [channels, size, size], [1, 2]), [
      channels * size,
      1,
      ...filterShape,
    ])
    return convGeneralDilated(lhs, transpose(kernel, invertPermutation(numbers.rhsSpec)), windowStrides, padding, {
      ...options,
      dimensionNumbers: numbers,
      featureGroupCount: channels,
    })
  },
)
