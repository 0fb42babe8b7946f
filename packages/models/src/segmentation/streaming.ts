/** Metrics of masks whose counts add up over batches. */
import { ArgumentError, np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import { metrics } from '@puregrad/nn'
import { boundaries, checkMasks, near } from './boundaries.js'

export interface MaskMetricOptions {
  /** 'pixels': all images are one. 'images': the mean of what each image has. 'pixels' unless said. */
  readonly over?: 'pixels' | 'images'
}

/** Sums by name, float64: exact where int32 of pixels would overflow. */
export type MaskTotals = Readonly<Record<string, Tensor>>

/** A metric of predicted and true masks. */
export type MaskMetric = metrics.Metric<[predictions: Tensor, truth: Tensor], MaskTotals>

/** What each image counts, [batch] by name, and what counts say. */
interface Counting<K extends string> {
  readonly names: readonly K[]
  readonly of: (predictions: Tensor, truth: Tensor) => Readonly<Record<K, Tensor>>
  readonly result: (counts: Readonly<Record<K, Tensor>>) => Tensor
}

/** a / b, 1 where b is 0: nothing was there, and nothing was found. */
const quotient = (a: Tensor, b: Tensor): Tensor => np.where(b.eq(0), 1, a.div(np.where(b.eq(0), 1, b)))

const zero = np.array(0, { dtype: 'float64' })

const maskMetric = <K extends string>(
  name: string,
  { names, of, result }: Counting<K>,
  { over = 'pixels' }: MaskMetricOptions,
): MaskMetric => {
  if (over !== 'pixels' && over !== 'images')
    throw new ArgumentError(`${name}: over is '${over}', and has to be 'pixels' or 'images'.`)
  const counts = (predictions: Tensor, truth: Tensor): Readonly<Record<K, Tensor>> => {
    if (predictions.ndim === 0 || String(predictions.shape) !== String(truth.shape))
      throw new ShapeError(
        `${name}: predictions ${predictions.dtype}[${predictions.shape}] and truth ${truth.dtype}[${truth.shape}] have to be of one shape, [batch, …]. Of one class in the last axis take np.squeeze(x, -1).`,
      )
    const actual = truth.ne(0)
    // NaN is a decision against the truth.
    const isNumber = predictions.eq(predictions)
    return of(np.where(isNumber, predictions.ne(0), np.logicalNot(actual)), actual)
  }
  const read = (x: Tensor): Tensor => x.astype('float32')
  if (over === 'images')
    return {
      monoid: metrics.sums({ total: zero, images: zero } as MaskTotals),
      measure: (predictions, truth) => {
        const each = result(counts(predictions, truth))
        return { total: np.sum(each), images: np.array(each.size, { dtype: 'float64' }) }
      },
      result: ({ total, images }) => read(quotient(total as Tensor, images as Tensor)),
    }
  return {
    monoid: metrics.sums(Object.fromEntries(names.map((key) => [key, zero])) as MaskTotals),
    measure: (predictions, truth) => {
      const each = counts(predictions, truth)
      return Object.fromEntries(names.map((key) => [key, np.sum(each[key])]))
    },
    result: (total) => read(result(total as Readonly<Record<K, Tensor>>)),
  }
}

/** How many are set in each image: float64 [batch]. */
const count = (x: Tensor): Tensor => {
  const axis = Array.from({ length: x.ndim - 1 }, (_, i) => i + 1)
  const counts = x.astype('int32')
  return (axis.length === 0 ? counts : np.sum(counts, { axis })).astype('float64')
}

const regions = (
  result: Counting<'common' | 'guessed' | 'actual'>['result'],
): Counting<'common' | 'guessed' | 'actual'> => ({
  names: ['common', 'guessed', 'actual'],
  of: (guess, truth) => ({ common: count(np.logicalAnd(guess, truth)), guessed: count(guess), actual: count(truth) }),
  result,
})

/**
 * Intersection over union of predicted and true pixels, as `pixelIou`.
 * @throws ArgumentError for an `over` that there is not
 * @example
 * const [guess, truth] = [np.array([[1, 1, 0]]), np.array([[0, 1, 1]])]
 * metrics.reduceBatches(streaming.pixelIou(), [[guess, truth], [truth, truth]]).item() // 0.6
 * metrics.reduceBatches(streaming.pixelIou({ over: 'images' }), [[guess, truth], [truth, truth]]).item() // 0.6666667
 */
export const pixelIou = operation(
  'streaming.pixelIou',
  { at: 0, names: ['over'] },
  (options: MaskMetricOptions = {}): MaskMetric =>
    maskMetric(
      'pixelIou',
      regions(({ common, guessed, actual }) => quotient(common, guessed.add(actual).sub(common))),
      options,
    ),
)

/**
 * 2 |A ∩ B| / (|A| + |B|) of predicted and true pixels, as `dice`.
 * @throws ArgumentError for an `over` that there is not
 * @example metrics.reduceBatches(streaming.dice(), [[np.array([[1, 1, 0]]), np.array([[0, 1, 1]])]]).item() // 0.5
 */
export const dice = operation(
  'streaming.dice',
  { at: 0, names: ['over'] },
  (options: MaskMetricOptions = {}): MaskMetric =>
    maskMetric(
      'dice',
      regions(({ common, guessed, actual }) => quotient(common.mul(2), guessed.add(actual))),
      options,
    ),
)

export interface BoundaryOptions extends MaskMetricOptions {
  /** How far contours may lie apart, in pixels: 0.75 % of the image's diagonal unless said, as Csurka et al. have it. */
  readonly tolerance?: number
}

const share = 0.0075 // Csurka et al. 2013, section 3.2

/**
 * F1 of contours, as `boundaryF1`.
 * @throws RangeError for a tolerance below 0; ArgumentError for an `over` that there is not
 * @example
 * const square = np.pad(np.ones([1, 3, 3]), [[0, 0], [2, 2], [2, 2]])
 * metrics.reduceBatches(streaming.boundaryF1({ tolerance: 0 }), [[square, np.roll(square, 1, { axis: 2 })]]).item() // 0.5
 */
export const boundaryF1 = operation(
  'streaming.boundaryF1',
  { at: 0, names: ['over', 'tolerance'] },
  ({ over = 'pixels', tolerance }: BoundaryOptions = {}): MaskMetric => {
    if (tolerance !== undefined && !(tolerance >= 0))
      throw new RangeError(`boundaryF1: the tolerance is ${tolerance}, and has to be a number of pixels from 0 up.`)
    return maskMetric(
      'boundaryF1',
      {
        names: ['guessed', 'guessedNear', 'actual', 'actualNear'],
        of: (predictions, truth) => {
          checkMasks('boundaryF1', truth)
          const [, height, width] = truth.shape as readonly [number, number, number]
          const radius = tolerance ?? share * Math.hypot(height, width)
          const [guess, actual] = [boundaries(predictions), boundaries(truth)]
          return {
            guessed: count(guess),
            guessedNear: count(np.logicalAnd(guess, near(actual, radius))),
            actual: count(actual),
            actualNear: count(np.logicalAnd(actual, near(guess, radius))),
          }
        },
        // 2 P R / (P + R) of P = guessedNear / guessed and R = actualNear / actual
        result: ({ guessed, guessedNear, actual, actualNear }) => {
          const [common, all] = [guessedNear.mul(actualNear), guessedNear.mul(actual).add(actualNear.mul(guessed))]
          const isNone = guessed.add(actual).eq(0).astype('float64')
          return np.where(all.eq(0), isNone, common.mul(2).div(np.where(all.eq(0), 1, all)))
        },
      },
      { over },
    )
  },
)
