/** Average precision: the one number by which detectors are compared. */
import { ArgumentError, operation, RangeError } from '@puregrad/core'
import { type AreaRange, type Curve, curveOf, matchers, outcomesOf } from './outcomes.js'
import { type FoundThings, imagesOf, type TrueThings } from './things.js'

/**
 * Whose rules count. 'coco': a found thing takes the free true thing that it overlaps most, and precision is read at 101 recalls.
 * 'voc': it belongs to the true thing that it overlaps most, and is wrong if a better one has it already; the area under the curve.
 * 'voc2007': the same, read at 11 recalls.
 */
export type Protocol = 'coco' | 'voc' | 'voc2007'

export interface DetectionMetricOptions {
  /** 'coco' unless said. */
  readonly protocol?: Protocol
  /** Whether boxes or masks have to overlap: 'boxes' unless said. */
  readonly of?: 'boxes' | 'masks'
  /** How many of the best of a class count in an image: 100 for COCO, all for VOC, unless said. */
  readonly maxDetections?: number
}

export interface AveragePrecisionOptions extends DetectionMetricOptions {
  /** Overlaps from which on things are found: 0.5, 0.55, … 0.95 for COCO, 0.5 for VOC, unless said. */
  readonly iouThresholds?: readonly number[]
  /** Ranges of areas that are told apart, in pixels: COCO's small, medium and large, unless said. */
  readonly areas?: Readonly<Record<string, AreaRange>>
}

/** How well one class is found. */
export interface ClassPrecision {
  readonly label: number
  /** The mean over thresholds; NaN if there is nothing to be found. */
  readonly averagePrecision: number
  /** The mean over thresholds of the part that is found at all. */
  readonly averageRecall: number
  /** At each threshold. */
  readonly byThreshold: readonly number[]
  /** How many were to be found. */
  readonly wanted: number
}

/** Means are over classes and thresholds. Where nothing was to be found they are NaN, and such classes do not count. */
export interface AveragePrecisions {
  /** What is called mAP. */
  readonly mean: number
  readonly averageRecall: number
  readonly iouThresholds: readonly number[]
  /** The mean over classes at each threshold. */
  readonly byThreshold: readonly number[]
  /** In order of their labels. */
  readonly byClass: readonly ClassPrecision[]
  /** Of things of some size only, by its name. */
  readonly byArea: Readonly<Record<string, { readonly mean: number; readonly averageRecall: number }>>
}

const everything: AreaRange = [0, 1e10] // COCO's 'all'

const cocoAreas: Readonly<Record<string, AreaRange>> = {
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
}

/** So many numbers from the first to the last, with NumPy's rounding: an overlap or a recall on the border depends on it. */
const spaced = (first: number, last: number, count: number): readonly number[] => {
  const step = (last - first) / (count - 1)
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : i * step + first))
}

const usualThresholds: Readonly<Record<Protocol, readonly number[]>> = {
  coco: spaced(0.5, 0.95, 10),
  voc: [0.5],
  voc2007: [0.5],
}

/** The best precision at this recall or beyond. */
const envelope = ({ precision }: Curve): readonly number[] => {
  const best = [...precision]
  for (let i = best.length - 2; i >= 0; i--) best[i] = Math.max(best[i] as number, best[i + 1] as number)
  return best
}

const atRecalls =
  (recalls: readonly number[]) =>
  (curve: Curve): number => {
    const best = envelope(curve)
    let at = 0
    const read = recalls.map((wanted) => {
      while (at < best.length && (curve.recall[at] as number) < wanted) at++
      return best[at] ?? 0
    })
    return mean(read)
  }

const underCurve = (curve: Curve): number =>
  envelope(curve).reduce((area, best, i) => area + best * ((curve.recall[i] as number) - (curve.recall[i - 1] ?? 0)), 0)

const areas: Readonly<Record<Protocol, (curve: Curve) => number>> = {
  coco: atRecalls(spaced(0, 1, 101)),
  voc: underCurve,
  voc2007: atRecalls(spaced(0, 1, 11)),
}

/** The average precision of a curve by a protocol; NaN if there was nothing to be found. */
export const precisionOf = (curve: Curve, protocol: Protocol): number =>
  curve.wanted === 0 ? Number.NaN : areas[protocol](curve)

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length

/** The mean of those that are numbers. */
const meanOfKnown = (numbers: readonly number[]): number => mean(numbers.filter((x) => !Number.isNaN(x)))

/** The options with what is usual, checked. */
export const settled = (name: string, options: DetectionMetricOptions): Required<DetectionMetricOptions> => {
  const { protocol = 'coco', of = 'boxes' } = options
  const { maxDetections = protocol === 'coco' ? 100 : Number.POSITIVE_INFINITY } = options
  if (!Object.hasOwn(areas, protocol))
    throw new ArgumentError(`${name}: protocol is '${protocol}', and has to be one of coco, voc, voc2007.`)
  if (of !== 'boxes' && of !== 'masks') throw new ArgumentError(`${name}: of is '${of}', and has to be boxes or masks.`)
  if (!(maxDetections >= 1))
    throw new RangeError(`${name}: maxDetections is ${maxDetections}, and has to be 1 or more.`)
  return { protocol, of, maxDetections }
}

/** @throws RangeError unless it is an overlap */
export const checkThreshold = (name: string, threshold: number): void => {
  if (!(threshold > 0 && threshold <= 1))
    throw new RangeError(`${name}: an overlap of ${threshold} is asked for, and has to be above 0 and 1 at most.`)
}

/** How things are matched by a protocol. */
export const matcherOf = (protocol: Protocol) => (protocol === 'coco' ? matchers.free : matchers.nearest)

/**
 * Mean average precision of boxes or masks, as COCO's (pycocotools) and PASCAL VOC's evaluations define it. Crowds and things that are
 * difficult need not be found, and what finds them is neither right nor wrong. Boxes are taken as they are, without VOC's extra pixel.
 * It reads numbers, so it does not jit.
 * @param found what detectors give for a batch of images, or for several batches  @param truth what is in them
 * @returns the mean, and by thresholds, classes and sizes
 * @throws ArgumentError or ShapeError for things that are none; RangeError for thresholds that are no overlaps
 * @example
 * const truth = { boxes: np.array([[[0, 0, 10, 10], [20, 20, 40, 40]]]), labels: np.array([[1, 1]]), valid: np.array([[true, true]]) }
 * const found = {
 *   boxes: np.array([[[0, 0, 10, 9], [50, 50, 60, 60]]]),
 *   scores: np.array([[0.9, 0.8]]),
 *   labels: np.array([[1, 1]]),
 *   valid: np.array([[true, true]]),
 * }
 * meanAveragePrecision(found, truth, { protocol: 'voc' }).mean // 0.5
 * meanAveragePrecision(found, truth, { iouThresholds: [0.5, 0.95] }).byClass[0]?.averageRecall // 0.25
 */
export const meanAveragePrecision = operation(
  'meanAveragePrecision',
  { at: 2, names: ['protocol', 'of', 'maxDetections', 'iouThresholds', 'areas'] },
  (
    found: FoundThings | readonly FoundThings[],
    truth: TrueThings | readonly TrueThings[],
    options: AveragePrecisionOptions = {},
  ): AveragePrecisions => {
    const name = 'meanAveragePrecision'
    const { protocol, of, maxDetections } = settled(name, options)
    const { iouThresholds = usualThresholds[protocol], areas: ranges = cocoAreas } = options
    for (const threshold of iouThresholds) checkThreshold(name, threshold)
    const { images, labels } = imagesOf(name, found, truth, of === 'masks')
    const scenes = labels.map((label) => images.map(({ scene }) => scene(label, maxDetections)))
    const classesIn = (range: AreaRange): readonly ClassPrecision[] =>
      labels.map((label, i) => {
        const curves = iouThresholds.map((threshold) =>
          curveOf((scenes[i] ?? []).map((scene) => outcomesOf(scene, matcherOf(protocol), threshold, range))),
        )
        const byThreshold = curves.map((curve) => precisionOf(curve, protocol))
        const wanted = curves[0]?.wanted ?? 0
        const recalls = curves.map(({ recall }) => (wanted === 0 ? Number.NaN : (recall.at(-1) ?? 0)))
        return { label, averagePrecision: mean(byThreshold), averageRecall: mean(recalls), byThreshold, wanted }
      })
    const summary = (classes: readonly ClassPrecision[]) => ({
      mean: meanOfKnown(classes.map(({ averagePrecision }) => averagePrecision)),
      averageRecall: meanOfKnown(classes.map(({ averageRecall }) => averageRecall)),
    })
    const byClass = classesIn(everything)
    return {
      ...summary(byClass),
      iouThresholds,
      byThreshold: iouThresholds.map((_, i) => meanOfKnown(byClass.map(({ byThreshold }) => byThreshold[i] as number))),
      byClass,
      byArea: Object.fromEntries(Object.entries(ranges).map(([size, range]) => [size, summary(classesIn(range))])),
    }
  },
)
