import { np, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { showDataError } from '../bytes/data-error.js'
import { importWeights } from '../weights/mapping.js'
import { identity } from '../weights/rules.js'
import { tensorNamed } from './named.js'
import { decodeSafetensors, encodeSafetensors } from './safetensors.js'

const decode = (bytes: Uint8Array) => decodeSafetensors(bytes, { file: 'm.safetensors' })
const failure = (bytes: Uint8Array) => {
  const result = decode(bytes)
  if (E.isRight(result)) throw new Error('decoded what it should refuse')
  return result.left
}
const decoded = (bytes: Uint8Array) => {
  const result = decode(bytes)
  if (E.isLeft(result)) throw new Error(showDataError(result.left))
  return result.right
}
/** A file with any header, padded or not, and data. */
const file = (header: string | Uint8Array, data: readonly number[] = []): Uint8Array => {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setUint32(0, text.length, true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}
const one = (dtype: string, shape: readonly number[], data: readonly number[]): Uint8Array =>
  file(JSON.stringify({ x: { dtype, shape, data_offsets: [0, data.length] } }), data)
const x = (bytes: Uint8Array): Tensor => decoded(bytes).tensors.get('x') as Tensor

describe('decodeSafetensors', () => {
  it.each([
    ['F32', [2], [0, 0, 128, 63, 0, 0, 0, 192], 'float32', [1, -2]],
    ['F64', [], [0, 0, 0, 0, 0, 0, 4, 64], 'float64', 2.5],
    ['F16', [4], [0, 60, 1, 0, 0, 252, 255, 123], 'float32', [1, 2 ** -24, Number.NEGATIVE_INFINITY, 65504]],
    ['F16', [2], [1, 126, 0, 4], 'float32', [Number.NaN, 2 ** -14]],
    ['BF16', [3], [128, 63, 0, 192, 192, 127], 'float32', [1, -2, Number.NaN]],
    ['I8', [2], [255, 127], 'int32', [-1, 127]],
    ['U8', [2], [255, 127], 'uint8', [255, 127]],
    ['I16', [1], [255, 255], 'int32', [-1]],
    ['U16', [1], [255, 255], 'uint32', [65535]],
    ['I32', [1], [255, 255, 255, 255], 'int32', [-1]],
    ['U32', [1], [255, 255, 255, 255], 'uint32', [4294967295]],
    ['I64', [2], [255, 255, 255, 255, 255, 255, 255, 255, 7, 0, 0, 0, 0, 0, 0, 0], 'int32', [-1, 7]],
    ['U64', [1], [255, 255, 255, 255, 0, 0, 0, 0], 'uint32', [4294967295]],
    ['BOOL', [2], [1, 0], 'bool', [true, false]],
    ['F32', [0, 9007199254740991], [], 'float32', []],
  ] as const)('reads %s %j from unaligned bytes', (dtype, shape, data, expected, values) => {
    const read = x(one(dtype, shape, data))
    expect(read.dtype).toBe(expected)
    expect(read.shape).toEqual(shape)
    expect(read.toArray()).toEqual(values)
  })

  it.each([
    ['I64', [0, 0, 0, 128, 0, 0, 0, 0], '2147483648 at index 0'],
    ['I64', [255, 255, 255, 127, 255, 255, 255, 255], '-2147483649 at index 0'],
    ['U64', [0, 0, 0, 0, 1, 0, 0, 0], '4294967296 at index 0'],
    ['BOOL', [2], '2 at index 0'],
  ] as const)('refuses %s that does not fit: %s', (dtype, data, found) => {
    expect(failure(one(dtype, [1], data))).toMatchObject({ kind: 'value', found })
  })

  const entry = (begin: number, end: number, shape = [end - begin]) =>
    JSON.stringify({ dtype: 'U8', shape, data_offsets: [begin, end] })

  it.each([
    ['an overlap', `{"a":${entry(0, 2)},"b":${entry(1, 3)}}`, 3, 'overlap'],
    ['a gap', `{"a":${entry(0, 1)},"b":${entry(2, 3)}}`, 3, 'overlap'],
    ['a gap at the start', `{"a":${entry(1, 3)}}`, 3, 'overlap'],
    ['data beyond the end', `{"a":${entry(0, 4)}}`, 3, 'truncated'],
    ['data that nothing names', `{"a":${entry(0, 2)}}`, 3, 'trailing'],
    ['one name twice', `{"a":${entry(0, 3)},"a":${entry(0, 3)}}`, 3, 'duplicate'],
    ['one name twice, once escaped', `{"a":${entry(0, 3)},"\\u0061":${entry(0, 3)}}`, 3, 'duplicate'],
    ['one member twice', '{"a":{"dtype":"U8","dtype":"U8","shape":[3],"data_offsets":[0,3]}}', 3, 'duplicate'],
    ['sizes that do not add up', `{"a":${entry(0, 3, [2])}}`, 3, 'mismatch'],
    ['a product beyond 2⁵³', `{"a":${entry(0, 3, [4294967296, 4294967296])}}`, 3, 'mismatch'],
    ['a product beyond all numbers', `{"a":${entry(0, 3, Array(40).fill(9007199254740991))}}`, 3, 'mismatch'],
    ['a negative size', `{"a":${entry(0, 3, [-3])}}`, 3, 'dimensions'],
    ['a broken size', `{"a":${entry(0, 3, [1.5])}}`, 3, 'dimensions'],
    ['more axes than anybody has', `{"a":${entry(0, 1, Array(65).fill(1))}}`, 1, 'dimensions'],
    ['offsets in the wrong order', `{"a":${entry(3, 0, [0])}}`, 3, 'dimensions'],
    ['a dtype that nobody knows', '{"a":{"dtype":"F7","shape":[3],"data_offsets":[0,3]}}', 3, 'unsupported'],
    ['an entry that is none', '{"a":1}', 0, 'syntax'],
    ['metadata that is no text', '{"__metadata__":{"a":1}}', 0, 'syntax'],
    ['a header that is no object', '[]', 0, 'syntax'],
    ['broken JSON', '{"a"', 0, 'syntax'],
    [
      'a shape nested too deeply',
      `{"a":{"dtype":"U8","shape":${'['.repeat(200000)}${']'.repeat(200000)},"data_offsets":[0,0]}}`,
      0,
      'dimensions',
    ],
    ['JSON nested without end', '['.repeat(100000), 0, 'syntax'],
  ])('refuses %s', (_, header, size, kind) => {
    expect(failure(file(header, new Array<number>(size).fill(0)))).toMatchObject({
      _tag: 'DataError',
      file: 'm.safetensors',
      kind,
    })
  })

  it('reads the tensors beside those of unsupported dtypes, which are listed and give their error when asked for', () => {
    const header = ['F8_E4M3', 'U8', 'C64'].map(
      (dtype, i) => `"${'abc'[i]}":{"dtype":"${dtype}","shape":[1],"data_offsets":[${[0, 1, 2][i]},${[1, 2, 10][i]}]}`,
    )
    const { tensors } = decoded(file(`{${header.join(',')}}`, Array<number>(10).fill(7)))
    expect([...tensors.keys()]).toEqual(['b'])
    expect([...tensors.leftOut.keys()]).toEqual(['a', 'c'])
    const held = tensorNamed(tensors, 'b')
    expect(E.isRight(held) && held.right.toArray()).toEqual([7])
    expect(tensorNamed(tensors, 'a')).toMatchObject({ left: { kind: 'unsupported', found: '"F8_E4M3"' } })
    expect(tensorNamed(tensors, 'd')).toMatchObject({ left: { kind: 'missing', expected: '"d"', found: '"b"' } })
    const imported = importWeights(identity, { b: np.zeros([1]).astype('uint8') }, tensors)
    expect(imported).toMatchObject({ left: { mismatched: [{ name: 'a' }, { name: 'c' }] } })
    const ignoring = importWeights(identity, { b: np.zeros([1]).astype('uint8') }, tensors, { ignore: ['a', 'c'] })
    expect(E.isRight(ignoring)).toBe(true)
  })

  it('refuses a header that is no UTF-8', () => {
    expect(failure(file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d))).kind).toBe('syntax')
  })

  it('refuses a header longer than the file, or than any header, before it allocates', () => {
    const bytes = file('{}')
    new DataView(bytes.buffer).setUint32(0, 99_999_999, true)
    expect(failure(bytes).kind).toBe('truncated')
    bytes.fill(255, 0, 8)
    expect(failure(bytes)).toMatchObject({ kind: 'magic', found: 'one of 18446744073709552000' })
  })

  it('keeps names that objects use themselves', () => {
    const header = `{"__proto__":${entry(0, 1)},"constructor":${entry(1, 2)}}`
    expect([...decoded(file(header, [1, 2])).tensors.keys()]).toEqual(['__proto__', 'constructor'])
  })
})

describe('encodeSafetensors', () => {
  it('is undone by decodeSafetensors, whatever the names, dtypes and shapes', () => {
    const tensor = fc
      .tuple(
        fc.constantFrom('float32', 'float64', 'int32', 'uint32', 'uint8', 'bool'),
        fc.array(fc.nat(3), { maxLength: 3 }),
      )
      .map(([dtype, shape]) => {
        const size = shape.reduce((n, k) => n * k, 1)
        return np
          .array(Array.from({ length: size }, (_, i) => i + 1))
          .astype(dtype as 'float32')
          .reshape(shape)
      })
    const text = fc.string({ unit: 'grapheme' })
    const names = text.filter((name) => name !== '__metadata__')
    fc.assert(
      fc.property(fc.array(fc.tuple(names, tensor)), fc.dictionary(text, text), (pairs, metadata) => {
        const tensors = new Map(pairs)
        const read = decoded(encodeSafetensors(tensors, metadata))
        expect(new Set(read.tensors.keys())).toEqual(new Set(tensors.keys()))
        expect(Object.fromEntries(read.metadata)).toEqual(Object.fromEntries(Object.entries(metadata)))
        for (const [name, value] of tensors) {
          const back = read.tensors.get(name) as Tensor
          expect([back.dtype, back.shape, back.toArray()]).toEqual([value.dtype, value.shape, value.toArray()])
        }
      }),
    )
  })

  it('gives the same aligned bytes in whatever order the tensors come', () => {
    const [a, b] = [np.array(new Uint8Array([1])), np.ones([2])]
    const bytes = encodeSafetensors({ a, b })
    expect(encodeSafetensors({ b, a })).toEqual(bytes)
    expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0)
    expect([...decoded(bytes).tensors.keys()]).toEqual(['b', 'a'])
  })

  it('writes bytes of a known file', () => {
    const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    expect(encodeSafetensors({ w: np.ones([1]) })).toEqual(file(header.padEnd(56), [0, 0, 128, 63]))
  })

  it('refuses names that the format cannot hold', () => {
    expect(() => encodeSafetensors({ __metadata__: np.ones([1]) })).toThrow(/__metadata__/)
    expect(() => encodeSafetensors(new Map([['\ud800', np.ones([1])]]))).toThrow(/surrogates/)
  })
})
