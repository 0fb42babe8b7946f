/** Precision over recall, class by class: what average precision is the area of. */
import { operation } from '@puregrad/core'
import { checkThreshold, type DetectionMetricOptions, matcherOf, precisionOf, settled } from './average-precision.js'
import { curveOf, outcomesOf } from './outcomes.js'
import { type FoundThings, imagesOf, type TrueThings } from './things.js'

export interface PrecisionRecallOptions extends DetectionMetricOptions {
  /** The overlap from which on things are found: 0.5 unless said. */
  readonly iouThreshold?: number
}

/** How precision falls while more is found. */
export interface PrecisionRecallCurve {
  readonly label: number
  /** Of the things that were found, falling: taking those down to one gives the precision and the recall of the same place. */
  readonly scores: readonly number[]
  /** Whether each was right. */
  readonly correct: readonly boolean[]
  /** How many there were to be found. */
  readonly positives: number
  readonly precision: readonly number[]
  readonly recall: readonly number[]
  readonly averagePrecision: number
}

/**
 * The curves of all classes that there are, at one overlap.
 * @param found what detectors give for a batch of images, or for several batches  @param truth what is in them
 * @returns a curve for each class, in order of their labels, which `precisionRecallPlot` of train draws
 * @throws ArgumentError or ShapeError for things that are none; RangeError for thresholds that are no overlaps
 * @example
 * const truth = { boxes: np.array([[[0, 0, 10, 10], [20, 20, 40, 40]]]), labels: np.array([[1, 1]]), valid: np.array([[true, true]]) }
 * const found = {
 *   boxes: np.array([[[50, 50, 60, 60], [0, 0, 10, 9]]]),
 *   scores: np.array([[0.8, 0.9]]),
 *   labels: np.array([[1, 1]]),
 *   valid: np.array([[true, true]]),
 * }
 * const [curve] = precisionRecall(found, truth)
 * curve?.correct // [true, false]
 * curve?.precision // [1, 0.5]
 * curve?.recall // [0.5, 0.5]
 */
export const precisionRecall = operation(
  'precisionRecall',
  { at: 2, names: ['protocol', 'of', 'maxDetections', 'iouThreshold'] },
  (
    found: FoundThings | readonly FoundThings[],
    truth: TrueThings | readonly TrueThings[],
    options: PrecisionRecallOptions = {},
  ): readonly PrecisionRecallCurve[] => {
    const { protocol, of, maxDetections } = settled('precisionRecall', options)
    const { iouThreshold = 0.5 } = options
    checkThreshold('precisionRecall', iouThreshold)
    const { images, labels } = imagesOf('precisionRecall', found, truth, of === 'masks')
    return labels.map((label) => {
      const outcomes = images.map(({ scene }) =>
        outcomesOf(scene(label, maxDetections), matcherOf(protocol), iouThreshold, [0, 1e10]),
      )
      const { wanted, ...curve } = curveOf(outcomes)
      return { label, ...curve, positives: wanted, averagePrecision: precisionOf({ wanted, ...curve }, protocol) }
    })
  },
)
