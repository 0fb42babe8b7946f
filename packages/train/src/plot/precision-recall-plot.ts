import { operation, RangeError, type Tensor } from '@puregrad/core'
import { lineChart, type Series } from './line-chart.js'
import type { Svg } from './svg.js'

/** What a model said of one class, and whether it was right. */
export interface ScoredAnswers {
  readonly name: string
  /** How sure it was of each answer. */
  readonly scores: Tensor | ArrayLike<number>
  /** Whether each was right: bools, or 0 and 1. */
  readonly correct: Tensor | ArrayLike<number | boolean>
  /** How many there are to be found; as many as are right unless said, which is so for a classifier, but not for a detector that misses some. */
  readonly positives?: number
}

export interface PrecisionRecallPlotOptions {
  readonly title?: string
  readonly width?: number
  readonly height?: number
}

const name = 'precisionRecallPlot'
const numbersOf = (x: Tensor | ArrayLike<number | boolean>): readonly number[] =>
  Array.from('data' in x ? (x.data() as unknown as ArrayLike<number>) : x, Number)

/** The curve, from the surest answer on, and the area under its envelope. Answers of one score stand or fall together. */
const curveOf = ({ name: title, scores: given, correct: truths, positives }: ScoredAnswers): Series => {
  const [scores, correct] = [numbersOf(given), numbersOf(truths)]
  if (scores.length !== correct.length)
    throw new RangeError(
      `${name}: '${title}' has ${scores.length} scores and ${correct.length} answers; there has to be one each.`,
    )
  const all = positives ?? correct.filter((right) => right !== 0).length
  if (!(all >= correct.filter((right) => right !== 0).length))
    throw new RangeError(`${name}: '${title}' has more right answers than the ${all} positives that there are.`)
  const order = scores.map((_, i) => i).sort((a, b) => (scores[b] as number) - (scores[a] as number))
  let right = 0
  const points = order.flatMap((i, rank) => {
    right += correct[i] === 0 ? 0 : 1
    const isTied = rank + 1 < order.length && scores[order[rank + 1] as number] === scores[i]
    return isTied ? [] : [{ recall: all === 0 ? 0 : right / all, precision: right / (rank + 1) }]
  })
  // The envelope: the best precision at this recall or a larger one, as PASCAL VOC measures it since 2010.
  const best = points.map((_, k) => Math.max(...points.slice(k).map(({ precision }) => precision)))
  const area = points.reduce(
    (sum, { recall }, k) => sum + (recall - (points[k - 1]?.recall ?? 0)) * (best[k] as number),
    0,
  )
  const first = points[0]?.precision ?? Number.NaN
  return {
    name: `${title}, AP ${area.toFixed(3)}`,
    x: [0, ...points.map(({ recall }) => recall)],
    y: [first, ...points.map(({ precision }) => precision)],
    dots: false,
  }
}

/**
 * Precision over recall as an SVG file, a line for each class, with its average precision: the area under the envelope of the line, as
 * PASCAL VOC has it since 2010.
 * @param answers of each class, in any order
 * @throws RangeError unless there is a score for each answer, and not more right ones than positives
 * @example
 * const svg = precisionRecallPlot([{ name: 'cell', scores: [0.9, 0.8, 0.3], correct: [true, false, true], positives: 3 }])
 */
export const precisionRecallPlot = operation(
  name,
  { at: 1, names: ['title', 'width', 'height'] },
  (
    answers: readonly ScoredAnswers[],
    { title = 'Precision and recall', ...size }: PrecisionRecallPlotOptions = {},
  ): Svg =>
    lineChart(answers.map(curveOf), {
      title,
      xLabel: 'recall',
      yLabel: 'precision',
      legend: 'bottom left',
      xRange: [0, 1],
      yRange: [0, 1],
      ...size,
    }),
)
