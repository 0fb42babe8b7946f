import { operation, RangeError, Tensor } from '@puregrad/core'
import { at, element, label, picture, type Svg } from './svg.js'

export interface AttentionPlotOptions {
  readonly title?: string
  /** What looks, a name for each row: numbers unless given. */
  readonly rows?: readonly string[]
  /** What is looked at, a name for each column: numbers unless given. */
  readonly columns?: readonly string[]
  /** Side of a cell, by default 26. */
  readonly cell?: number
}

const colour = '#0072b2' // Okabe & Ito 2008
const gridColour = '#e6e6e6'

const rowsOf = (weights: Tensor | readonly (readonly number[])[]): readonly (readonly number[])[] => {
  const rows = (weights instanceof Tensor ? weights.toArray() : weights) as readonly (readonly number[])[]
  const isWeight = (n: unknown): boolean => typeof n === 'number' && Number.isFinite(n) && n >= 0
  const isRow = (row: unknown): boolean => Array.isArray(row) && row.length === rows[0]?.length && row.every(isWeight)
  if (Array.isArray(rows) && rows.length > 0 && rows.every(isRow)) return rows
  throw new RangeError(
    `attentionPlot: ${weights instanceof Tensor ? `${weights.dtype}[${weights.shape}]` : 'the table'} is no table of weights from 0 up. ` +
      'Pass one map, [queries, keys]: of one example, and one head or their mean.',
  )
}

/** Wide characters, as of Japanese, take the room of two. */
const widthOf = (name: string): number =>
  [...name].reduce((sum, character) => sum + ((character.codePointAt(0) ?? 0) > 0x2e80 ? 13 : 7), 0)

const namesOf = (what: string, names: readonly string[] | undefined, count: number): readonly string[] => {
  if (names === undefined) return Array.from({ length: count }, (_, i) => String(i))
  if (names.length === count) return names
  throw new RangeError(`attentionPlot: there are ${names.length} names for ${count} ${what}. Give one for each.`)
}

/**
 * What looks at what, as an SVG file: a row for each query, a column for each key; the greater the weight, the darker the cell.
 * @param weights [queries, keys], such as `attentionWeights` of nn gives for each head, or `capture` of it finds in a model
 * @throws RangeError unless they are a table of numbers from 0 up with a name for each row and column
 * @example
 * const weights = np.array([[0.9, 0.1], [0.2, 0.8]])
 * const svg = attentionPlot(weights, { rows: ['le', 'chat'], columns: ['the', 'cat'] })
 */
export const attentionPlot = operation(
  'attentionPlot',
  { at: 1, names: ['title', 'rows', 'columns', 'cell'] },
  (weights: Tensor | readonly (readonly number[])[], options: AttentionPlotOptions = {}): Svg => {
    const table = rowsOf(weights)
    const { title = 'What looks at what', cell = 26 } = options
    const width = table[0]?.length ?? 0
    const rows = namesOf('rows', options.rows, table.length)
    const columns = namesOf('columns', options.columns, width)
    const [left, top] = [rows, columns].map((names) => 18 + Math.max(...names.map(widthOf))) as [number, number]
    const heading = 40
    const cells = table.flatMap((row, i) =>
      row.map((weight, k) =>
        element('rect', {
          x: k * cell,
          y: i * cell,
          width: cell,
          height: cell,
          fill: colour,
          'fill-opacity': Math.min(1, weight),
          stroke: gridColour,
        }),
      ),
    )
    return picture(
      Math.max(left + cell * width + 18, 28 + 8 * title.length),
      heading + top + cell * table.length + 18,
      label(title, 14, 25, { 'font-size': 15, 'font-weight': 600 }),
      at(
        left,
        heading + top,
        ...rows.map((name, i) => label(name, -8, (i + 0.5) * cell + 4, { 'text-anchor': 'end' })),
        ...columns.map((name, k) => {
          const middle = (k + 0.5) * cell
          return label(name, middle, -8, { transform: `rotate(-90 ${middle} -8)`, dy: 4 })
        }),
        ...cells,
      ),
    )
  },
)
