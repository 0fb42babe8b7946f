import { operation } from '@puregrad/core'
import { type ScaleLinear, scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import { colourOf } from './colours.js'
import { at, element, label, picture, type Svg } from './svg.js'

/** One line of a chart. Numbers that are not finite are gaps. */
export interface Series {
  readonly name: string
  readonly y: readonly number[]
  /** By default 1, 2, 3, … */
  readonly x?: readonly number[]
  readonly dashed?: boolean
  /** Whether each number has a dot, by default if there are not many. */
  readonly dots?: boolean
}

export interface LineChartOptions {
  readonly title?: string
  readonly xLabel?: string
  readonly yLabel?: string
  /** Where the legend lies, by default top right. */
  readonly legend?: 'top right' | 'bottom right' | 'bottom left'
  /** From where to where the axes go, by default over all numbers. */
  readonly xRange?: readonly [number, number]
  readonly yRange?: readonly [number, number]
  readonly width?: number
  readonly height?: number
}

type Dot = readonly [x: number, y: number]
type Scale = ScaleLinear<number, number>

const margin = { top: 38, right: 18, bottom: 46, left: 58 }
const axisColour = '#888'
const gridColour = '#e6e6e6'
const manyDots = 40

const dotsOf = ({ x, y }: Series): readonly Dot[] => y.map((value, i) => [x?.[i] ?? i + 1, value])
const isDrawn = ([x, y]: Dot): boolean => Number.isFinite(x) && Number.isFinite(y)

/** Ticks need steps that have a reciprocal, which numbers near the subnormal ones have not. */
const leastRoom = 1e-300

/** From the least to the greatest, widened if they are the same or next to it; 0 to 1 if there is nothing. */
const extent = (values: readonly number[]): [number, number] => {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (low > high) return [0, 1]
  if (high - low >= leastRoom) return [low, high]
  const tenth = Math.abs(low) / 10
  const room = tenth >= leastRoom ? tenth : 0.5
  return [low - room, high + room]
}

const xAxis = (scale: Scale, whole: boolean, width: number, height: number, name: string): Svg => {
  const format = whole ? String : scale.tickFormat(8)
  const ticks = scale.ticks(8).filter((tick) => !whole || Number.isInteger(tick))
  return element(
    'g',
    { 'text-anchor': 'middle' },
    element('path', { d: `M0 ${height}H${width}`, stroke: axisColour, fill: 'none' }),
    ...ticks.flatMap((tick) => [
      element('path', { d: `M${scale(tick).toFixed(2)} ${height}v5`, stroke: axisColour, fill: 'none' }),
      label(format(tick), scale(tick), height + 19),
    ]),
    label(name, width / 2, height + 38),
  )
}

const yAxis = (scale: Scale, width: number, height: number, name: string): Svg => {
  const format = scale.tickFormat(6)
  return element(
    'g',
    { 'text-anchor': 'end' },
    ...scale
      .ticks(6)
      .flatMap((tick) => [
        element('path', { d: `M0 ${scale(tick).toFixed(2)}H${width}`, stroke: gridColour, fill: 'none' }),
        label(format(tick), -8, scale(tick) + 4),
      ]),
    label(name, -height / 2, -44, { transform: 'rotate(-90)', 'text-anchor': 'middle' }),
  )
}

const curveOf = (series: Series, index: number, xScale: Scale, yScale: Scale): Svg => {
  const dots = dotsOf(series)
  const path = line<Dot>()
    .defined(isDrawn)
    .x(([x]) => xScale(x))
    .y(([, y]) => yScale(y))
    .digits(2)(dots as Dot[])
  const colour = colourOf(index)
  return element(
    'g',
    { fill: colour },
    element('path', {
      d: path ?? '',
      fill: 'none',
      stroke: colour,
      'stroke-width': 2,
      'stroke-linejoin': 'round',
      ...(series.dashed === true ? { 'stroke-dasharray': '6 4' } : {}),
    }),
    ...(!(series.dots ?? dots.length <= manyDots)
      ? []
      : dots.filter(isDrawn).map(([x, y]) => element('circle', { cx: xScale(x), cy: yScale(y), r: 3 }))),
  )
}

const legendOf = (
  series: readonly Series[],
  width: number,
  height: number,
  place: 'top right' | 'bottom right' | 'bottom left',
): Svg => {
  const boxWidth = 46 + 7 * Math.max(...series.map(({ name }) => name.length))
  const boxHeight = 18 * series.length + 8
  const top = place === 'top right' ? 8 : height - boxHeight - 8
  return at(
    place === 'bottom left' ? 8 : width - boxWidth - 8,
    top,
    element('rect', {
      width: boxWidth,
      height: boxHeight,
      rx: 4,
      fill: '#fff',
      'fill-opacity': 0.85,
      stroke: gridColour,
    }),
    ...series.flatMap(({ name, dashed }, i) => [
      element('path', {
        d: `M8 ${18 * i + 13}h24`,
        stroke: colourOf(i),
        'stroke-width': 2,
        ...(dashed === true ? { 'stroke-dasharray': '6 4' } : {}),
      }),
      label(name, 38, 18 * i + 17),
    ]),
  )
}

/** A chart as a group, to be placed inside a larger picture; `lineChart` is the picture of one. */
export const chartPanel = (series: readonly Series[], options: LineChartOptions = {}): Svg => {
  const {
    title = '',
    xLabel = '',
    yLabel = '',
    legend = 'top right',
    width = 480,
    height = 320,
    xRange,
    yRange,
  } = options
  const [innerWidth, innerHeight] = [width - margin.left - margin.right, height - margin.top - margin.bottom]
  const dots = series.flatMap((one) => dotsOf(one).filter(isDrawn))
  const xs = dots.map(([x]) => x)
  const whole = xRange === undefined && xs.every(Number.isInteger)
  const xScale = scaleLinear()
    .domain(xRange ?? extent(xs))
    .range([0, innerWidth])
  const values = scaleLinear()
    .domain(yRange ?? extent(dots.map(([, y]) => y)))
    .range([innerHeight, 0])
  const yScale = yRange === undefined ? values.nice(6) : values
  return at(
    margin.left,
    margin.top,
    label(title, innerWidth / 2, -16, { 'text-anchor': 'middle', 'font-size': 15, 'font-weight': 600 }),
    yAxis(yScale, innerWidth, innerHeight, yLabel),
    xAxis(xScale, whole, innerWidth, innerHeight, xLabel),
    ...series.map((one, i) => curveOf(one, i, xScale, yScale)),
    ...(series.length > 0 ? [legendOf(series, innerWidth, innerHeight, legend)] : []),
  )
}

/**
 * A line chart as an SVG file: axes with round ticks, a grid, a legend, a line with dots for each series.
 * @param series the lines, in the order of the legend
 * @returns markup that can be written to a `.svg` file as it is
 * @example
 * lineChart([{ name: 'train', y: [0.9, 0.4, 0.3] }], { title: 'Loss', xLabel: 'epoch' })
 */
export const lineChart = operation(
  'lineChart',
  { at: 1, names: ['title', 'xLabel', 'yLabel', 'legend', 'xRange', 'yRange', 'width', 'height'] },
  (series: readonly Series[], options: LineChartOptions = {}): Svg =>
    picture(options.width ?? 480, options.height ?? 320, chartPanel(series, options)),
)
