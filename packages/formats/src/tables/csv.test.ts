import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Categories, decodeCsv, decodeCsvNumbers } from './csv.js'
import { decodeLines, decodeText } from './lines.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const kind = (result: E.Either<{ readonly kind: string }, unknown>): string =>
  E.isLeft(result) ? result.left.kind : 'right'
const flowers = 'width,kind,note\n1.5,rose,"a, ""b"""\n-2e3,lily,\n0.25,rose,ü\n'

describe('decodeCsv', () => {
  const columns = { kind: 'category', width: 'number', note: 'text' } as const

  it('reads numbers, text and categories by name, quoted or not, gzipped or not, with CR LF or a byte order mark', () => {
    const expected = E.right({
      kind: { codes: Int32Array.of(1, 0, 1), names: ['lily', 'rose'] },
      width: Float64Array.of(1.5, -2000, 0.25),
      note: ['a, "b"', '', 'ü'],
    })
    for (const input of [
      bytes(flowers),
      gzipSync(bytes(flowers)),
      bytes(`\uFEFF${flowers.replaceAll('\n', '\r\n')}`),
      bytes(flowers.replaceAll('\n', '\n\n')),
    ]) {
      expect(decodeCsv(input, { file: 'a.csv', columns })).toEqual(expected)
    }
  })

  it('knows the type of each column', () => {
    const table = decodeCsv(bytes(flowers), { file: 'a.csv', columns })
    if (E.isLeft(table)) throw new Error(table.left.found)
    expectTypeOf(table.right.width).toEqualTypeOf<Float64Array>()
    expectTypeOf(table.right.kind).toEqualTypeOf<Categories>()
    expectTypeOf(table.right.note).toEqualTypeOf<readonly string[]>()
    expect(Object.keys(table.right)).toEqual(['kind', 'width', 'note'])
  })

  it('takes the columns in their order where there is no header, after lines to skip', () => {
    const options = {
      file: 'a.csv',
      header: false,
      skip: 1,
      delimiter: ';',
      columns: { a: 'number', b: 'number' },
    } as const
    expect(decodeCsv(bytes('hello\n1;2\n3;4'), options)).toEqual(
      E.right({ a: Float64Array.of(1, 3), b: Float64Array.of(2, 4) }),
    )
    expect(kind(decodeCsv(bytes('hello\n1;2;3'), options))).toBe('mismatch')
  })

  it.each([
    ['1', 1],
    ['-1.5e3', -1500],
    ['+.5', 0.5],
    ['5.', 5],
    ['1E-2', 0.01],
    ['-Inf', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
  ])('reads the number %s', (text, value) => {
    expect(decodeCsvNumbers(bytes(text), { file: 'a.csv' })).toEqual(
      E.right({ shape: [1, 1], data: Float64Array.of(value) }),
    )
  })

  it.each(['.', '+', 'e5', '.e5', '1e', '1e+', '1.2.3', '1e5.0', '--1', '0x10', '1_000', '1 2', '١'])(
    'takes %s for no number',
    (text) => {
      expect(kind(decodeCsvNumbers(bytes(text), { file: 'a.csv' }))).toBe('value')
    },
  )

  it.each(['1', '1.', '.1', '1e1', ' 1 '])(
    'goes once over a cell that begins with very many of %j and is no number',
    (part) => {
      const cell = `${part.repeat(100_000)}x`
      const began = performance.now()
      expect(kind(decodeCsvNumbers(bytes(cell), { file: 'a.csv' }))).toBe('value')
      expect(performance.now() - began).toBeLessThan(3000)
    },
  )

  it('unpacks no more than it may', () => {
    const file = gzipSync(bytes('1,2\n'.repeat(100)))
    expect(kind(decodeCsvNumbers(file, { file: 'a.csv', maxBytes: 400 }))).toBe('right')
    expect(kind(decodeCsvNumbers(file, { file: 'a.csv', maxBytes: 399 }))).toBe('limit')
  })

  it('names the cell that is no number, and the cure', () => {
    const result = decodeCsv(bytes('a,b\n1,2\n3,x\n'), { file: 'a.csv', columns: { b: 'number' } })
    expect(E.isLeft(result) && result.left).toMatchObject({
      kind: 'value',
      expected: 'a number in row 3, column "b"',
      found: '"x"',
    })
  })

  it('takes an empty cell for a number only if told which', () => {
    const options = { file: 'a.csv', columns: { a: 'number' } } as const
    expect(kind(decodeCsv(bytes('a,b\n,2\n'), options))).toBe('value')
    expect(decodeCsv(bytes('a,b\n,2\nnan,1\n'), { ...options, missing: -1 })).toEqual(
      E.right({ a: Float64Array.of(-1, Number.NaN) }),
    )
  })

  it.each([
    ['rows of different lengths', 'a,b\n1\n', 'syntax'],
    ['a quote that does not close', 'a,b\n"1,2\n', 'syntax'],
    ['a column that is missing', 'b,c\n1,2\n', 'mismatch'],
    ['a column that is there twice', 'a,a\n1,2\n', 'duplicate'],
    ['nothing', '', 'truncated'],
    ['hexadecimal numbers', 'a\n0x10\n', 'value'],
  ])('refuses %s', (_, text, expected) => {
    expect(kind(decodeCsv(bytes(text), { file: 'a.csv', columns: { a: 'number' } }))).toBe(expected)
  })

  it('refuses bytes that are no UTF-8, and a gzip stream cut off', () => {
    const options = { file: 'a.csv', columns: { a: 'text' } } as const
    expect(kind(decodeCsv(Uint8Array.of(97, 10, 0xff), options))).toBe('syntax')
    expect(kind(decodeCsv(gzipSync(bytes(flowers)).subarray(0, 40), options))).toBe('gzip')
  })
})

describe('decodeCsvNumbers', () => {
  it('reads a table of numbers', () => {
    expect(decodeCsvNumbers(bytes('h\n1\n2'), { file: 'a.csv', skip: 1 })).toEqual(
      E.right({ shape: [2, 1], data: Float64Array.of(1, 2) }),
    )
    expect(kind(decodeCsvNumbers(bytes('1,2\n3,\n'), { file: 'a.csv' }))).toBe('value')
    expect(kind(decodeCsvNumbers(bytes(''), { file: 'a.csv' }))).toBe('truncated')
  })
})

describe('decodeLines', () => {
  it('divides at LF and CR LF, and the last end makes no line', () => {
    const lines = (text: string) => decodeLines(bytes(text), { file: 'a.txt' })
    expect(lines('a\r\n\nb\n')).toEqual(E.right(['a', '', 'b']))
    expect(lines('a\n\n')).toEqual(E.right(['a', '']))
    expect(lines('')).toEqual(E.right([]))
    expect(lines('\uFEFFa')).toEqual(E.right(['a']))
  })

  it('refuses what is no UTF-8', () => {
    expect(kind(decodeText(Uint8Array.of(0xc3), { file: 'a.txt' }))).toBe('syntax')
    expect(decodeText(gzipSync(bytes('é')), { file: 'a.txt' })).toEqual(E.right('é'))
  })
})

const tabular = join(process.env.PUREGRAD_DATA ?? 'no-data', 'tabular')

if (existsSync(tabular))
  describe('tables from elsewhere', () => {
    it.each([
      ['iris.csv', [150, 5]],
      ['wine_data.csv', [178, 14]],
      ['breast_cancer.csv', [569, 31]],
    ] as const)('reads %s behind its line of counts', (name, shape) => {
      const table = decodeCsvNumbers(readFileSync(join(tabular, name)), { file: name, skip: 1 })
      expect(E.isRight(table) && table.right.shape).toEqual(shape)
    })

    it('reads 1,797 digits of 8 × 8 grey values up to 16', () => {
      const table = decodeCsvNumbers(readFileSync(join(tabular, 'digits.csv.gz')), { file: 'digits.csv.gz' })
      if (E.isLeft(table)) throw new Error(JSON.stringify(table.left))
      expect(table.right.shape).toEqual([1797, 65])
      expect(Math.max(...table.right.data)).toBe(16)
    })
  })
