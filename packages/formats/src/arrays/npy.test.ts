import { np, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeNpy, encodeNpy } from './npy.js'

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))
const decoded = (bytes: Uint8Array): Tensor => {
  const result = decodeNpy(bytes, { file: 'x.npy' })
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}
const failure = (bytes: Uint8Array) => {
  const result = decodeNpy(bytes, { file: 'x.npy' })
  if (E.isRight(result)) throw new Error('decoded what it should refuse')
  return result.left
}
/** An npy file of version 1 with any header. */
const withHeader = (header: string, data: readonly number[] = []): Uint8Array =>
  Uint8Array.of(
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    header.length & 255,
    header.length >> 8,
    ...new TextEncoder().encode(header),
    ...data,
  )

// Written by np.save of NumPy 2.4.6.
const saved = {
  float32:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAwAAAQEAAAIBA',
  fortran:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAwAAAAEAAAAEAAAAAgAAAAUAAAA=',
  bigEndian:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPmY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/8AAAAAAAAMAAAAAAAAAAQAgAAAAAAAA=',
  float16:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDUsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPADAAQD/ewB8',
  int64:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAAP7/////////',
  scalar:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAEQA==',
  bool: 'k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==',
  empty:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=',
  strings:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPFUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAA',
  version2:
    'k05VTVBZAgB0AAAAeydkZXNjcic6ICd8dTEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoH',
} as const

describe('decodeNpy', () => {
  it.each([
    [
      'float32',
      'float32',
      [
        [1.5, -2],
        [3, 4],
      ],
    ],
    [
      'fortran',
      'int32',
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    ['bigEndian', 'float64', [1, -2, 3]],
    ['float16', 'float32', [1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY]],
    ['int64', 'int32', [1, -2]],
    ['scalar', 'float64', 2.5],
    ['bool', 'bool', [true, false]],
    ['empty', 'float32', []],
    ['version2', 'uint8', [7]],
  ] as const)('reads what NumPy saved: %s', (name, dtype, values) => {
    const x = decoded(bytesOf(saved[name]))
    expect(x.dtype).toBe(dtype)
    expect(x.toArray()).toEqual(values)
  })

  it.each(['float32', 'scalar', 'bool', 'empty'] as const)('is undone by encodeNpy, byte by byte: %s', (name) => {
    expect(encodeNpy(decoded(bytesOf(saved[name])))).toEqual(bytesOf(saved[name]))
  })

  it('refuses strings, and says what to do', () => {
    expect(failure(bytesOf(saved.strings))).toMatchObject({ _tag: 'DataError', kind: 'unsupported', found: "'<U1'" })
  })

  it('refuses integers that do not fit, and names the first', () => {
    const bytes = bytesOf(saved.int64)
    bytes[bytes.length - 12] = 1
    expect(failure(bytes)).toMatchObject({ kind: 'value', found: '4294967297 at index 0' })
  })

  it.each([
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (1e9,), }", 'syntax'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 'dimensions'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 'truncated'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (2), }", 'syntax'],
    ["{'descr': '<f4', 'fortran_order': maybe, 'shape': (2,), }", 'syntax'],
    ["{'descr': '<f4', 'fortran_order': False, }", 'syntax'],
    ["{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (), }", 'duplicate'],
    ["{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (), }", 'unsupported'],
    ["{'descr': '|O', 'fortran_order': False, 'shape': (), }", 'unsupported'],
    ["{'descr': '|f4', 'fortran_order': False, 'shape': (), }", 'unsupported'],
    ['os.system("rm")', 'syntax'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 'trailing', [0, 0, 0, 0, 0]],
  ] as const)('refuses the header %s', (header, kind, data: readonly number[] = []) => {
    expect(failure(withHeader(header, data)).kind).toBe(kind)
  })

  it('refuses a file cut off anywhere', () => {
    const bytes = bytesOf(saved.float32)
    for (let length = 0; length < bytes.length; length++) {
      expect(['truncated', 'syntax']).toContain(failure(bytes.subarray(0, length)).kind)
    }
  })
})

describe('encodeNpy', () => {
  it('is undone by decodeNpy for every dtype and shape, views included', () => {
    const dtypes = fc.constantFrom('float32', 'float64', 'int32', 'uint32', 'uint8', 'bool')
    fc.assert(
      fc.property(dtypes, fc.array(fc.nat(3), { maxLength: 4 }), fc.boolean(), (dtype, shape, turned) => {
        const size = shape.reduce((n, k) => n * k, 1)
        const plain = np
          .array(Array.from({ length: size }, (_, i) => i % 7))
          .astype(dtype)
          .reshape(shape)
        const x = turned ? np.transpose(plain) : plain
        const y = decoded(encodeNpy(x))
        expect([y.dtype, y.shape, y.toArray()]).toEqual([x.dtype, x.shape, x.toArray()])
      }),
    )
  })
})
