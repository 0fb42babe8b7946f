/** The lines of a PNG image out of its filtered bytes. */
import { damaged, type Refuse } from '../../bytes/decoding.js'
import type { Header } from './chunks.js'

/** A reduced image: where its first pixel lies in the whole, and the steps to the next ones. */
export interface Pass {
  readonly x: number
  readonly y: number
  readonly dx: number
  readonly dy: number
  readonly columns: number
  readonly rows: number
}

// PNG 3, 8.1: [x, y, dx, dy] of Adam7.
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** The passes that hold pixels: one if the image is not interlaced. */
export const passesOf = ({ width, height, interlaced }: Header): readonly Pass[] =>
  (interlaced ? adam7 : ([[0, 0, 1, 1]] as const))
    .map(([x, y, dx, dy]) => ({
      x,
      y,
      dx,
      dy,
      columns: Math.max(0, Math.ceil((width - x) / dx)),
      rows: Math.max(0, Math.ceil((height - y) / dy)),
    }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0)

const lineBytes = (columns: number, bitsPerPixel: number): number => Math.ceil((columns * bitsPerPixel) / 8)

/** Bytes of the filtered lines, each with a byte for its filter. */
export const filteredBytes = (passes: readonly Pass[], bitsPerPixel: number): number =>
  passes.reduce((sum, { columns, rows }) => sum + rows * (1 + lineBytes(columns, bitsPerPixel)), 0)

const paeth = (left: number, up: number, corner: number): number => {
  const estimate = left + up - corner
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

/** Takes a filter off a line, in place (PNG 3, 9.2); `above` is the line before, zeros at the start. */
const unfilter = (kind: number, line: Uint8Array, above: Uint8Array, step: number, refuse: Refuse): void => {
  const size = line.length
  const of = (bytes: Uint8Array, i: number): number => (i < 0 ? 0 : (bytes[i] as number))
  if (kind === 1) for (let i = step; i < size; i++) line[i] = (line[i] as number) + (line[i - step] as number)
  else if (kind === 2) for (let i = 0; i < size; i++) line[i] = (line[i] as number) + (above[i] as number)
  else if (kind === 3)
    for (let i = 0; i < size; i++) line[i] = (line[i] as number) + ((of(line, i - step) + (above[i] as number)) >> 1)
  else if (kind === 4)
    for (let i = 0; i < size; i++)
      line[i] = (line[i] as number) + paeth(of(line, i - step), above[i] as number, of(above, i - step))
  else if (kind !== 0) throw refuse('syntax', 'filters from 0 to 4', `${kind}`, damaged)
}

/** Calls `each` with every line of every pass: its bytes, which may be changed, its pass and its row in it. */
export const eachLine = (
  filtered: Uint8Array,
  passes: readonly Pass[],
  bitsPerPixel: number,
  refuse: Refuse,
  each: (line: Uint8Array, pass: Pass, row: number) => void,
): void => {
  const step = Math.max(1, bitsPerPixel >> 3)
  let at = 0
  for (const pass of passes) {
    const size = lineBytes(pass.columns, bitsPerPixel)
    let above: Uint8Array = new Uint8Array(size)
    for (let row = 0; row < pass.rows; row++) {
      const line = filtered.subarray(at + 1, at + 1 + size)
      unfilter(filtered[at] as number, line, above, step, refuse)
      each(line, pass, row)
      above = line
      at += 1 + size
    }
  }
}
