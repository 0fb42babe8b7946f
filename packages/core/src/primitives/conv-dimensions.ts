/** Sizes, padding and axis orders of windows that slide: shared by convolutions and window reductions. */
import { ShapeError } from '../errors.js'
import { checkShape, range, type Shape, showShape } from '../shape.js'
import { show } from '../show.js'
import { integer, listOf, tupleOf } from './parameters.js'

/** Zeros before and after an axis; negative widths crop. */
export type PadPair = readonly [low: number, high: number]

/** Explicit widths, or a rule: SAME keeps ⌈size / stride⌉ positions (the odd zero after, or before with SAME_LOWER), VALID adds nothing. */
export type Padding = 'SAME' | 'VALID' | 'SAME_LOWER' | readonly PadPair[]

/** The types of what windows have for every sliding axis. */
export const steps = listOf(integer(1))
export const padPairs = listOf(tupleOf<PadPair>(integer(), integer()))

/** The size after `dilation − 1` holes between neighbours. */
export const dilated = (size: number, dilation: number): number => (size === 0 ? 0 : (size - 1) * dilation + 1)

/** How many positions a window takes. */
export const slidingSize = (size: number, window: number, stride: number, [low, high]: PadPair): number => {
  const room = size + low + high - window
  return room < 0 ? 0 : Math.floor(room / stride) + 1
}

/**
 * Padding as pairs.
 * @param sizes dilated input sizes  @param windows dilated window sizes
 * @throws ShapeError for unknown rules and wrong lengths
 */
export const resolvePadding = (
  operation: string,
  padding: Padding,
  sizes: Shape,
  windows: Shape,
  strides: Shape,
): readonly PadPair[] => {
  if (typeof padding === 'string') {
    const rule = padding.toUpperCase()
    if (rule === 'VALID') return sizes.map(() => [0, 0] as const)
    if (rule !== 'SAME' && rule !== 'SAME_LOWER') {
      throw new ShapeError(
        `${operation}: padding ${show(padding)} is none of 'SAME', 'VALID', 'SAME_LOWER' or pairs [[low, high], …].`,
      )
    }
    return sizes.map((size, i) => {
      const stride = strides[i] as number
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + (windows[i] as number) - size)
      const low = rule === 'SAME' ? Math.floor(total / 2) : Math.ceil(total / 2)
      return [low, total - low] as const
    })
  }
  if (
    !Array.isArray(padding) ||
    padding.length !== sizes.length ||
    padding.some((p) => !Array.isArray(p) || p.length !== 2 || !p.every(Number.isInteger))
  ) {
    throw new ShapeError(
      `${operation}: padding ${show(padding)} has to be one [low, high] of whole numbers per sliding axis, ${sizes.length} in all.`,
    )
  }
  return padding.map(([low, high]: PadPair) => [low, high] as const)
}

/** @throws ShapeError unless there is one positive whole number per axis */
export const checkSteps = (operation: string, role: string, steps: readonly number[], rank: number): void => {
  if (!Array.isArray(steps) || steps.length !== rank || steps.some((s) => !Number.isInteger(s) || s < 1)) {
    throw new ShapeError(
      `${operation}: ${role} ${showShape(steps)} have to be ${rank} whole numbers ≥ 1, one per sliding axis.`,
    )
  }
}

/** @throws ShapeError if kernels could not count the places along an axis, which they do in int32 */
export const checkExtents = (operation: string, sizes: Shape, windows: Shape, padding: readonly PadPair[]): void => {
  if (padding.length !== sizes.length) {
    throw new ShapeError(
      `${operation}: padding has ${padding.length} pairs, and there are ${sizes.length} sliding axes. Give one [low, high] per axis.`,
    )
  }
  padding.forEach(([low, high], i) => {
    const [size, window] = [sizes[i] as number, windows[i] as number]
    if (size + Math.abs(low) + Math.abs(high) + window < 2 ** 31) return
    throw new ShapeError(
      `${operation}: sliding axis ${i} has ${size} places with holes, padding ${low} and ${high}, and a window of ${window}: more than 2³¹ in all.`,
    )
  })
}

/** Padding with which the transpose of a sliding sum goes from its result back to its operand. */
export const transposedPadding = (
  sizes: Shape,
  windows: Shape,
  strides: Shape,
  results: Shape,
  padding: readonly PadPair[],
  baseDilation: Shape,
  windowDilation: Shape,
): readonly PadPair[] =>
  sizes.map((size, i) => {
    const base = dilated(size, baseDilation[i] as number)
    const window = dilated(windows[i] as number, windowDilation[i] as number)
    const result = dilated(results[i] as number, strides[i] as number)
    const low = window - (padding[i] as PadPair)[0] - 1
    return [low, base + window - 1 - result - low] as const
  })

/**
 * Axis orders: `lhsSpec` lists batch, feature and spatial axes of the operand, `rhsSpec` output feature, input feature and
 * spatial axes of the kernel, `outSpec` those of the result.
 */
export interface ConvDimensionNumbers {
  readonly lhsSpec: readonly number[]
  readonly rhsSpec: readonly number[]
  readonly outSpec: readonly number[]
}

/** Letters for axes, such as `['NHWC', 'HWIO', 'NHWC']`, or the axes themselves. */
export type ConvDimensions = readonly [lhs: string, rhs: string, out: string] | ConvDimensionNumbers

const isNumbers = (dimensions: ConvDimensions): dimensions is ConvDimensionNumbers =>
  typeof dimensions === 'object' && 'lhsSpec' in dimensions

/**
 * Axis orders of a convolution; the default is channels first: NCHW, OIHW, NCHW.
 * @throws ShapeError if the letters do not name every axis once
 * @example lax.convDimensionNumbers([8, 28, 28, 3], [5, 5, 3, 16], ['NHWC', 'HWIO', 'NHWC']).lhsSpec // [0, 3, 1, 2]
 */
export const convDimensionNumbers = (
  lhs: Shape,
  rhs: Shape,
  dimensions?: ConvDimensions | null,
): ConvDimensionNumbers => {
  checkShape('convGeneralDilated', lhs)
  checkShape('convGeneralDilated', rhs)
  if (lhs.length !== rhs.length || lhs.length < 2) {
    throw new ShapeError(
      `convGeneralDilated: operand ${showShape(lhs)} and kernel ${showShape(rhs)} need one rank, at least 2: batch, feature and spatial axes.`,
    )
  }
  const order = range(lhs.length)
  if (dimensions === undefined || dimensions === null) return { lhsSpec: order, rhsSpec: order, outSpec: order }
  if (isNumbers(dimensions)) {
    for (const spec of [dimensions.lhsSpec, dimensions.rhsSpec, dimensions.outSpec]) {
      if (Array.isArray(spec) && spec.length === lhs.length && order.every((a) => spec.includes(a))) continue
      throw new ShapeError(
        `convGeneralDilated: ${showShape(spec)} is no order of the ${lhs.length} axes of ${showShape(lhs)}.`,
      )
    }
    return dimensions
  }
  if (!Array.isArray(dimensions) || dimensions.length !== 3 || dimensions.some((d) => typeof d !== 'string')) {
    throw new ShapeError(
      `convGeneralDilated: dimension numbers ${show(dimensions)} have to be three words, such as ['NHWC', 'HWIO', 'NHWC'].`,
    )
  }
  const [left, right, out] = dimensions
  const spatial = [...right].filter((letter) => letter !== 'O' && letter !== 'I')
  const spec = (letters: string, first: string, second: string): number[] => {
    const wanted = [first, second, ...spatial]
    const axes = wanted.map((letter) => letters.indexOf(letter))
    if (letters.length !== lhs.length || axes.includes(-1) || new Set(letters).size !== letters.length) {
      throw new ShapeError(
        `convGeneralDilated: dimension numbers ${show(dimensions)} have to name the ${lhs.length} axes by letters: N, C and spatial ones ` +
          `for operand and result, O, I and the same spatial ones for the kernel, such as ['NHWC', 'HWIO', 'NHWC'].`,
      )
    }
    return axes
  }
  return { lhsSpec: spec(left, 'N', 'C'), rhsSpec: spec(right, 'O', 'I'), outSpec: spec(out, 'N', 'C') }
}
