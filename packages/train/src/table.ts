/** A cell: text, or a number, which is grouped in thousands. */
export type Cell = string | number

const written = (cell: Cell): string => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)

/** Letters that terminals set in two columns (Unicode Annex 11, for the scripts that have them), and marks that take none. */
const wide =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{Emoji_Presentation}\uff01-\uff60\uffe0-\uffe6]/u
const without = /[\p{Mn}\p{Me}\p{Cf}]/u

const widthOf = (text: string): number =>
  [...text].reduce((width, letter) => width + (without.test(letter) ? 0 : wide.test(letter) ? 2 : 1), 0)

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
  const lines = [head, ...rows].map((row) => row.map((cell) => written(cell).split('\n')))
  const widths = head.map((_, column) => Math.max(...lines.map((row) => Math.max(...(row[column] ?? []).map(widthOf)))))
  const padded = (text: string, column: number): string => {
    const space = ' '.repeat((widths[column] ?? 0) - widthOf(text))
    return ` ${isNumeric(column) ? `${space}${text}` : `${text}${space}`} `
  }
  const drawn = lines.map((row) => {
    const height = Math.max(...row.map((cell) => cell.length))
    return Array.from({ length: height }, (_, i) => row.map((cell, column) => padded(cell[i] ?? '', column)).join(' '))
  })
  const rule = '─'.repeat(widths.reduce((total, width) => total + width + 3, 1))
  const [top = [], ...body] = drawn
  return [rule, ...top, rule, ...(body.length === 0 ? [] : [...body.flat(), rule])].join('\n')
}
