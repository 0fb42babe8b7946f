import { operation, RangeError, Tensor } from '@puregrad/core'
import { at, element, label, picture, type Svg } from './svg.js'

export interface ConfusionPlotOptions {
  readonly title?: string
  /** Side of a cell, by default 44. */
  readonly cell?: number
  /** How to write a class, by default its number. */
  readonly nameOf?: (label: number) => string
  /** Whether cells tell which part of their true class they are, in percent, instead of how many. */
  readonly percent?: boolean
}

const colour = '#0072b2' // Okabe & Ito 2008
const gridColour = '#e6e6e6'
const top = 76

const rowsOf = (counts: Tensor | readonly (readonly number[])[]): readonly (readonly number[])[] => {
  const rows = (counts instanceof Tensor ? counts.toArray() : counts) as readonly (readonly number[])[]
  const isCount = (n: number): boolean => Number.isFinite(n) && n >= 0
  if (Array.isArray(rows) && rows.every((row) => row?.length === rows.length && row.every(isCount))) return rows
  throw new RangeError(
    `confusionPlot: ${counts instanceof Tensor ? `${counts.dtype}[${counts.shape}]` : 'the table'} is no square of counts. ` +
      'Pass what nn.metrics.confusionMatrix gives: a row for each true class, a column for each predicted one.',
  )
}

/**
 * A confusion matrix as an SVG file: a row for each true class, a column for each predicted one; the larger the part of its
 * class, the darker the cell.
 * @param counts as `nn.metrics.confusionMatrix` gives them
 * @throws RangeError unless they are a square of numbers from 0 up
 * @example
 * const counts = nn.metrics.confusionMatrix(np.array([0, 1, 1]).astype('int32'), np.array([0, 0, 1]).astype('int32'), 2)
 * const svg = confusionPlot(counts, { nameOf: (i) => ['cat', 'dog'][i] ?? '', percent: true })
 */
export const confusionPlot = operation(
  'confusionPlot',
  { at: 1, names: ['title', 'cell', 'nameOf', 'percent'] },
  (counts: Tensor | readonly (readonly number[])[], options: ConfusionPlotOptions = {}): Svg => {
    const rows = rowsOf(counts)
    const { cell = 44, nameOf = String, percent = false } = options
    const all = rows.flat().reduce((sum, n) => sum + n, 0)
    const right = rows.reduce((sum, row, i) => sum + (row[i] ?? 0), 0)
    const { title = `${right} of ${all} right` } = options
    const names = rows.map((_, i) => nameOf(i))
    const left = 46 + 7 * Math.max(1, ...names.map((name) => name.length))
    const size = cell * rows.length
    const middle = { 'text-anchor': 'middle' }
    const cells = rows.flatMap((row, i) => {
      const total = row.reduce((sum, n) => sum + n, 0)
      return row.map((n, k) => {
        const part = total === 0 ? 0 : n / total
        const text = percent ? `${Math.round(100 * part)} %` : String(n)
        return at(
          k * cell,
          i * cell,
          element('rect', { width: cell, height: cell, fill: colour, 'fill-opacity': part, stroke: gridColour }),
          label(text, cell / 2, cell / 2 + 4, { ...middle, fill: part > 0.5 ? '#fff' : n === 0 ? '#aaa' : '#333' }),
        )
      })
    })
    return picture(
      left + size + 18,
      top + size + 18,
      label(title, 14, 25, { 'font-size': 15, 'font-weight': 600 }),
      at(
        left,
        top,
        label('predicted', size / 2, -26, middle),
        label('true', -size / 2, 24 - left, { ...middle, transform: 'rotate(-90)' }),
        ...names.flatMap((name, i) => [
          label(name, (i + 0.5) * cell, -8, middle),
          label(name, -8, (i + 0.5) * cell + 4, { 'text-anchor': 'end' }),
        ]),
        ...cells,
      ),
    )
  },
)
