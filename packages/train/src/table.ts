import Table from 'cli-table3'

/** A cell: text, or a number, which is grouped in thousands. */
export type Cell = string | number

const written = (cell: Cell): string => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)

const rules = {
  top: '─',
  'top-mid': '─',
  'top-left': '─',
  'top-right': '─',
  bottom: '─',
  'bottom-mid': '─',
  'bottom-left': '─',
  'bottom-right': '─',
  left: '',
  'left-mid': '─',
  mid: '─',
  'mid-mid': '─',
  right: '',
  'right-mid': '─',
  middle: ' ',
}

/**
 * A table as text: a head, rows, a rule above, between and below; columns of numbers are set to the right.
 * @param head the names of the columns  @param rows as many cells each as the head has
 * @throws RangeError if a row has another number of cells
 * @example
 * console.log(textTable(['layer', 'parameters'], [['dense', 401920], ['relu', 0]]))
 * // ──────────────────────
 * //  layer   parameters
 * // ──────────────────────
 * //  dense      401,920
 * //  relu             0
 * // ──────────────────────
 */
export const textTable = (head: readonly string[], rows: readonly (readonly Cell[])[]): string => {
  rows.forEach((row, i) => {
    if (row.length !== head.length)
      throw new RangeError(
        `textTable: row ${i} has ${row.length} cells but the head has ${head.length} (${head.join(', ')}). Pad it with ''.`,
      )
  })
  const isNumeric = (column: number): boolean => rows.length > 0 && rows.every((row) => typeof row[column] === 'number')
  const table = new Table({
    head: [...head],
    chars: rules,
    colAligns: head.map((_, column) => (isNumeric(column) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 1, 'padding-right': 1 },
  })
  table.push(...rows.map((row) => row.map(written)))
  return table.toString()
}
