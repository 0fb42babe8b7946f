/** Pictures side by side. */
import { at, label, picture, type Svg } from './svg.js'

/** One picture of a sheet. */
export interface Cell {
  readonly content: Svg
  readonly height: number
  readonly caption?: string
}

export const gap = 14
const captionHeight = 18
const top = 40

/** Cells of one width in rows, each row as high as its highest, under a title. */
export const sheet = (cells: readonly Cell[], title: string, columns: number, width: number): Svg => {
  const rows = Array.from({ length: Math.ceil(cells.length / columns) }, (_, i) =>
    cells.slice(i * columns, (i + 1) * columns),
  )
  const heights = rows.map(
    (row) => Math.max(...row.map(({ height, caption }) => height + (caption === undefined ? 0 : captionHeight))) + gap,
  )
  const starts = heights.map((_, i) => heights.slice(0, i).reduce((sum, height) => sum + height, top))
  const placed = rows.flatMap((row, i) =>
    row.map(({ content, height, caption }, k) =>
      at(
        gap + k * (width + gap),
        starts[i] as number,
        content,
        ...(caption === undefined ? [] : [label(caption, width / 2, height + 14, { 'text-anchor': 'middle' })]),
      ),
    ),
  )
  const across = Math.max(1, Math.min(columns, cells.length))
  // A title may be wider than what it stands over.
  const least = 2 * gap + 8 * title.length
  return picture(
    Math.max(gap + across * (width + gap), least),
    heights.reduce((sum, height) => sum + height, top),
    label(title, gap, 25, { 'font-size': 15, 'font-weight': 600 }),
    ...placed,
  )
}
