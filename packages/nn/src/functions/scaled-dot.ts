/** Products of numbers in few bits, whose blocks share scales: what they would give in hardware that has them, in float32. */
import { lax, np, operation, ShapeError, stopGradient, type Tensor } from '@puregrad/core'

/** A floating-point format of few bits: its fraction bits, smallest exponent and largest number. */
interface Format {
  readonly fraction: number
  readonly lowest: number
  readonly largest: number
}

// Open Compute Project, Microscaling Formats (MX) 1.0, table 1; E4M3 without infinities.
const e4m3: Format = { fraction: 3, lowest: -6, largest: 448 }
const e2m1: Format = { fraction: 1, lowest: 0, largest: 6 }

/** How blocks of numbers are made smaller. */
export interface BlockScaleConfig {
  readonly mode: 'mxfp8' | 'nvfp4'
  /** How many neighbours along the summed axis share a scale. */
  readonly blockSize: number
  /** Divides all scales of 'nvfp4' before they are rounded. */
  readonly globalScale: number
}

/**
 * The usual settings of a mode: 'mxfp8' has E4M3 numbers in blocks of 32 whose scales are powers of two, 'nvfp4' E2M1 numbers in
 * blocks of 16 whose scales are E4M3.
 * @example getScaledDotGeneralConfig('mxfp8').blockSize // 32
 */
export const getScaledDotGeneralConfig = (mode: 'mxfp8' | 'nvfp4', globalScale = 1): BlockScaleConfig => ({
  mode,
  blockSize: mode === 'mxfp8' ? 32 : 16,
  globalScale,
})

/** The nearest number of a format, to even in the middle, and the largest one beyond it. */
const rounded = (x: Tensor, { fraction, lowest, largest }: Format): Tensor => {
  const clipped = np.clip(x, -largest, largest)
  const [, exponent] = np.frexp(clipped)
  const step = np.exp2(np.maximum(exponent.sub(1), lowest).sub(fraction).astype(x.dtype))
  return np.round(clipped.div(step)).mul(step)
}

/** x as it comes out of blocks along its last axis. */
const throughBlocks = (x: Tensor, { mode, blockSize, globalScale }: BlockScaleConfig): Tensor => {
  const size = x.shape[x.ndim - 1] as number
  if (size % blockSize !== 0) {
    throw new ShapeError(
      `scaledDotGeneral: the summed size ${size} of [${x.shape}] is no multiple of the block size ${blockSize} of '${mode}'. Pad it with zeros.`,
    )
  }
  const blocks = x.reshape([...x.shape.slice(0, -1), size / blockSize, blockSize])
  const largest = np.max(np.abs(blocks), { axis: -1, keepdims: true })
  const format = mode === 'mxfp8' ? e4m3 : e2m1
  const wanted = largest.div(format.largest)
  const positive = wanted.gt(0)
  const some = np.where(positive, wanted, 1)
  const scale = mode === 'mxfp8' ? powerAbove(some) : rounded(some.div(globalScale), e4m3).mul(globalScale)
  // Scales so small that E4M3 has only 0 for them leave nothing of their block.
  const divisor = np.where(scale.gt(0), scale, 1)
  const kept = np.where(np.logicalAnd(positive, scale.gt(0)), rounded(blocks.div(divisor), format).mul(scale), 0)
  return kept.reshape(x.shape)
}

/** The smallest power of two that is no smaller. */
const powerAbove = (x: Tensor): Tensor => {
  const [part, exponent] = np.frexp(x)
  return np.exp2(exponent.sub(part.eq(0.5).astype(exponent.dtype)).astype(x.dtype))
}

export interface ScaledMatmulOptions {
  /** 'float32' unless said. */
  readonly preferredElementType?: 'float32' | 'float64'
}

/**
 * lhs · rhsᵀ of matrices whose blocks along the summed axis have scales: numbers times their scales, multiplied.
 * @param lhs [batch, m, k]  @param rhs [batch, n, k]
 * @param lhsScales [batch, m, blocks]  @param rhsScales [batch, n, blocks]; blocks divide k
 * @returns [batch, m, n]
 * @throws ShapeError if shapes do not fit
 * @example
 * const [x, scales] = [np.ones([1, 2, 4]), np.full([1, 2, 2], 3)]
 * scaledMatmul(x, x, scales, scales).toArray() // [[[36, 36], [36, 36]]]
 */
export const scaledMatmul = operation(
  'scaledMatmul',
  { at: 4, names: ['preferredElementType'] },
  (
    lhs: Tensor,
    rhs: Tensor,
    lhsScales: Tensor,
    rhsScales: Tensor,
    { preferredElementType = 'float32' }: ScaledMatmulOptions = {},
  ): Tensor => {
    const [batch, , inner] = lhs.shape
    const fits = (x: Tensor, scales: Tensor): boolean =>
      x.ndim === 3 &&
      scales.ndim === 3 &&
      x.shape[0] === batch &&
      x.shape[2] === inner &&
      scales.shape[0] === batch &&
      scales.shape[1] === x.shape[1] &&
      (inner as number) % (scales.shape[2] as number) === 0
    if (!fits(lhs, lhsScales) || !fits(rhs, rhsScales) || lhsScales.shape[2] !== rhsScales.shape[2]) {
      throw new ShapeError(
        `scaledMatmul: lhs [${lhs.shape}], rhs [${rhs.shape}] and scales [${lhsScales.shape}], [${rhsScales.shape}] have to be ` +
          '[batch, m, k], [batch, n, k], [batch, m, blocks] and [batch, n, blocks], with blocks that divide k.',
      )
    }
    const whole = (x: Tensor, scales: Tensor): Tensor => {
      const [repeats, dtype] = [(inner as number) / (scales.shape[2] as number), preferredElementType]
      return x.astype(dtype).mul(np.repeat(scales.astype(dtype), repeats, { axis: 2 }))
    }
    return np.matmul(whole(lhs, lhsScales), whole(rhs, rhsScales).transpose([0, 2, 1]))
  },
)

export interface ScaledDotGeneralOptions extends ScaledMatmulOptions {
  /** How lhs and rhs are rounded; not at all unless given. */
  readonly configs?: readonly [lhs: BlockScaleConfig, rhs: BlockScaleConfig]
}

/** Rounded in blocks along one axis; the gradient passes as if nothing had been (Bengio et al. 2013). */
const roundedAlong = (x: Tensor, axes: readonly number[], config: BlockScaleConfig): Tensor => {
  const [axis] = axes
  if (axes.length !== 1 || axis === undefined) {
    throw new ShapeError(
      `scaledDotGeneral: blocks lie along one summed axis, and there are ${axes.length}. Reshape them to one.`,
    )
  }
  const last = np.moveaxis(stopGradient(x), axis, -1)
  // The difference is 0, but not its derivative.
  return np.moveaxis(throughBlocks(last, config), -1, axis).add(x.sub(stopGradient(x)))
}

/**
 * `lax.dotGeneral` of numbers rounded to blocks of few bits, as `configs` say: what a model loses in such formats, and training that
 * knows of it. Gradients are those of the product of rounded numbers.
 * @param dimensionNumbers [[lhs axes, rhs axes] that are summed, [lhs axes, rhs axes] of the batch]
 * @throws ShapeError unless one axis is summed, and blocks divide it
 * @example
 * const config = getScaledDotGeneralConfig('mxfp8')
 * const x = np.ones([2, 32])
 * scaledDotGeneral(x, x, [[[1], [1]], [[], []]], { configs: [config, config] }).toArray() // [[32, 32], [32, 32]]
 */
export const scaledDotGeneral = operation(
  'scaledDotGeneral',
  { at: 3, names: ['configs', 'preferredElementType'] },
  (
    lhs: Tensor,
    rhs: Tensor,
    dimensionNumbers: readonly [
      contracting: readonly [readonly number[], readonly number[]],
      batch: readonly [readonly number[], readonly number[]],
    ],
    { preferredElementType = 'float32', configs }: ScaledDotGeneralOptions = {},
  ): Tensor => {
    const [[a, b]] = dimensionNumbers
    const [x, y] = [lhs.astype(preferredElementType), rhs.astype(preferredElementType)]
    if (configs === undefined) return lax.dotGeneral(x, y, dimensionNumbers)
    return lax.dotGeneral(roundedAlong(x, a, configs[0]), roundedAlong(y, b, configs[1]), dimensionNumbers)
  },
)
