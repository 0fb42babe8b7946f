import { operation } from '@puregrad/core'
import type { History } from '../history.js'
import { chartPanel, type Series } from './line-chart.js'
import { at, picture, type Svg } from './svg.js'

export interface TrainingCurvesOptions {
  /** Which metrics to draw, by default all, in the order in which the history first names them. */
  readonly metrics?: readonly string[]
  /** Width and height of each panel. */
  readonly width?: number
  readonly height?: number
}

const metricsOf = (history: History): readonly string[] => [
  ...new Set(history.flatMap(({ train, validation = {} }) => [...Object.keys(train), ...Object.keys(validation)])),
]

const seriesOf = (history: History, metric: string): readonly Series[] => {
  const x = history.map(({ epoch }) => epoch)
  const train: Series = { name: 'train', x, y: history.map((record) => record.train[metric] ?? Number.NaN) }
  const validation: Series = {
    name: 'validation',
    x,
    y: history.map((record) => record.validation?.[metric] ?? Number.NaN),
    dashed: true,
  }
  const isRecorded = ({ y }: Series): boolean => y.some((value) => !Number.isNaN(value))
  return isRecorded(validation) ? [train, validation] : [train]
}

const risesOverall = (series: readonly Series[]): boolean =>
  series.reduce((rise, { y }) => rise + ((y.at(-1) ?? 0) - (y[0] ?? 0) || 0), 0) > 0

/**
 * The curves of a training as an SVG file: one panel for each metric, training solid and validation dashed.
 * @example
 * trainingCurves([
 *   { epoch: 1, train: { loss: 0.9 }, validation: { loss: 0.7 }, seconds: 1 },
 *   { epoch: 2, train: { loss: 0.4 }, validation: { loss: 0.5 }, seconds: 1 },
 * ])
 */
export const trainingCurves = operation(
  'trainingCurves',
  { at: 1, names: ['metrics', 'width', 'height'] },
  (history: History, options: TrainingCurvesOptions = {}): Svg => {
    const { metrics = metricsOf(history), width = 480, height = 320 } = options
    const panels = metrics.map((metric, i) => {
      const series = seriesOf(history, metric)
      const legend = risesOverall(series) ? 'bottom right' : 'top right'
      return at(i * width, 0, chartPanel(series, { title: metric, xLabel: 'epoch', legend, width, height }))
    })
    return picture(Math.max(1, metrics.length) * width, height, ...panels)
  },
)
