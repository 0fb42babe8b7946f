import { operation } from '@puregrad/core'
import { parse } from 'csv-parse/browser/esm/sync'
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../bytes/data-error.js'
import { decoding, type Named, type Refuse, reasonOf, refusing } from '../bytes/decoding.js'
import type { Unpacking } from '../bytes/gzip.js'
import { textOf } from './lines.js'

/** What a column holds: numbers, text as it stands, or names that repeat, of which each becomes a number. */
export type ColumnKind = 'number' | 'text' | 'category'

/** Names by number: row i has `names[codes[i]]`. The names are in alphabetical order, so the codes do not depend on the rows'. */
export interface Categories {
  readonly codes: Int32Array
  readonly names: readonly string[]
}

/** What a column of each kind is read into. */
export interface ColumnTypes {
  readonly number: Float64Array
  readonly text: readonly string[]
  readonly category: Categories
}

/** The columns that were asked for. */
export type Columns<C extends Readonly<Record<string, ColumnKind>>> = { readonly [K in keyof C]: ColumnTypes[C[K]] }

export interface CsvLayout extends Named, Unpacking {
  /** The character between cells: a comma unless said. */
  readonly delimiter?: string
  /** Lines to leave out at the start, before the header: 0 unless said. */
  readonly skip?: number
  /** What an empty cell of numbers stands for; without it, an empty cell is an error. */
  readonly missing?: number
}

export interface CsvOptions<C extends Readonly<Record<string, ColumnKind>>> extends CsvLayout {
  /** Whether the first row names the columns: true unless said. If not, `columns` names all of them in their order. */
  readonly header?: boolean
  /** The columns wanted, by name, and what they hold. */
  readonly columns: C
}

/** A table of numbers only. */
export interface NumberTable {
  /** [rows, columns] of `data`. */
  readonly shape: readonly [rows: number, columns: number]
  readonly data: Float64Array
}

type Rows = readonly (readonly string[])[]

/** All rows, equally long (RFC 4180; csv-parse refuses rows that are not, and quotes that do not close). */
const readRows = (bytes: Uint8Array, options: CsvLayout, refuse: Refuse): Rows => {
  const { delimiter = ',', skip = 0 } = options
  const text = textOf(bytes, options)
  try {
    return parse(text, { delimiter, from_line: skip + 1, skip_empty_lines: true, relax_column_count: false })
  } catch (cause) {
    const cure = 'Mend that line, or name the right delimiter. Lines before the table are left out by the option skip.'
    throw refuse('syntax', 'rows with the same number of cells', reasonOf(cause).slice(0, 200), cure)
  }
}

/** The position behind a run of digits. */
const afterDigits = (text: string, start: number): number => {
  let at = start
  while (at < text.length && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at++
  return at
}

const isOneOf = (characters: string, text: string, at: number): boolean =>
  at < text.length && characters.includes(text.charAt(at))

/** Whether a text is a decimal number such as -1.5e3, in one go over it: a pattern would go back over long digits. */
const isDecimal = (text: string): boolean => {
  const start = isOneOf('+-', text, 0) ? 1 : 0
  const whole = afterDigits(text, start)
  const point = isOneOf('.', text, whole)
  const end = point ? afterDigits(text, whole + 1) : whole
  if (end - start - (point ? 1 : 0) === 0) return false
  if (!isOneOf('eE', text, end)) return end === text.length
  const exponent = end + (isOneOf('+-', text, end + 1) ? 2 : 1)
  return exponent < text.length && afterDigits(text, exponent) === text.length
}

const special: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
])

const numberIn = (cell: string, where: () => string, missing: number | undefined, refuse: Refuse): number => {
  const text = cell.trim()
  if (isDecimal(text)) return Number(text)
  const known = text === '' ? missing : special.get(text.toLowerCase())
  if (known !== undefined) return known
  const cure =
    text === ''
      ? 'Say what it stands for by the option missing.'
      : 'Is the column text or a category? Then say so in columns.'
  throw refuse('value', `a number in ${where()}`, JSON.stringify(cell.slice(0, 40)), cure)
}

const categoriesOf = (cells: readonly string[]): Categories => {
  const names = [...new Set(cells)].sort()
  const codeOf = new Map(names.map((name, code) => [name, code]))
  return { codes: Int32Array.from(cells, (cell) => codeOf.get(cell) ?? 0), names }
}

/** Where each wanted column stands, and the rows below the header. */
const locate = (
  rows: Rows,
  wanted: readonly string[],
  header: boolean,
  refuse: Refuse,
): readonly [readonly number[], Rows] => {
  const [first] = rows
  if (first === undefined) throw refuse('truncated', 'at least one row', 'none', 'Is this the right file?')
  if (!header) {
    if (first.length === wanted.length) return [wanted.map((_, i) => i), rows]
    throw refuse(
      'mismatch',
      `${wanted.length} columns`,
      `${first.length}`,
      'Without a header, columns has to name all of them in their order.',
    )
  }
  const titles = first.map((title) => title.trim())
  const positions = wanted.map((name) => {
    const position = titles.indexOf(name)
    if (position < 0) {
      throw refuse(
        'mismatch',
        `a column ${JSON.stringify(name)}`,
        titles
          .map((title) => JSON.stringify(title))
          .join(', ')
          .slice(0, 120),
        'Take a name of the header, or header: false.',
      )
    }
    if (titles.indexOf(name, position + 1) >= 0) {
      throw refuse('duplicate', `one column ${JSON.stringify(name)}`, 'several', 'Rename one of them.')
    }
    return position
  })
  return [positions, rows.slice(1)]
}

/**
 * Decodes columns of a CSV file, gzipped or not, in UTF-8.
 * @example
 * const bytes = new TextEncoder().encode('width,kind\n1.5,rose\n2,lily\n')
 * const table = decodeCsv(bytes, { file: 'a.csv', columns: { width: 'number', kind: 'category' } })
 * E.isRight(table) && table.right.kind.names // ['lily', 'rose']
 */
export const decodeCsv = operation(
  'data.decodeCsv',
  { at: 1, names: ['header', 'columns', 'delimiter', 'skip', 'missing', 'file', 'maxBytes'] },
  <const C extends Readonly<Record<string, ColumnKind>>>(
    bytes: Uint8Array,
    options: CsvOptions<C>,
  ): Either<DataError, Columns<C>> =>
    decoding(() => {
      const { file, columns, header = true, skip = 0, missing } = options
      const refuse = refusing(file)
      const names = Object.keys(columns)
      const [positions, rows] = locate(readRows(bytes, options, refuse), names, header, refuse)
      const above = skip + (header ? 2 : 1)
      const read = (name: string, position: number): ColumnTypes[ColumnKind] => {
        const cells = rows.map((row) => row[position] as string)
        if (columns[name] === 'text') return cells
        if (columns[name] === 'category') return categoriesOf(cells)
        return Float64Array.from(cells, (cell, i) =>
          numberIn(cell, () => `row ${i + above}, column ${JSON.stringify(name)}`, missing, refuse),
        )
      }
      return Object.fromEntries(names.map((name, i) => [name, read(name, positions[i] as number)])) as Columns<C>
    }),
)

/**
 * Decodes a CSV file that holds numbers only, gzipped or not; `skip: 1` leaves a header out.
 * @example
 * const bytes = new TextEncoder().encode('1,2\n3,4\n')
 * decodeCsvNumbers(bytes, { file: 'a.csv' }) // right({ shape: [2, 2], data: [1, 2, 3, 4] })
 */
export const decodeCsvNumbers = operation(
  'data.decodeCsvNumbers',
  { at: 1, names: ['delimiter', 'skip', 'missing', 'file', 'maxBytes'] },
  (bytes: Uint8Array, options: CsvLayout): Either<DataError, NumberTable> =>
    decoding(() => {
      const refuse = refusing(options.file)
      const rows = readRows(bytes, options, refuse)
      const width = rows[0]?.length
      if (width === undefined) throw refuse('truncated', 'at least one row', 'none', 'Is this the right file?')
      const data = new Float64Array(rows.length * width)
      rows.forEach((row, i) => {
        row.forEach((cell, j) => {
          const where = (): string => `row ${i + 1 + (options.skip ?? 0)}, column ${j + 1}`
          data[i * width + j] = numberIn(cell, where, options.missing, refuse)
        })
      })
      return { shape: [rows.length, width], data }
    }),
)
