import { np } from '@puregrad/core'
import { zipSync } from 'fflate'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { tensorNamed } from './named.js'
import { encodeNpy } from './npy.js'
import { decodeNpz, encodeNpz } from './npz.js'

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))
const decode = (bytes: Uint8Array) => decodeNpz(bytes, { file: 'x.npz' })
const failure = (bytes: Uint8Array) => {
  const result = decode(bytes)
  if (E.isRight(result)) throw new Error('decoded what it should refuse')
  return result.left
}
const arrays = (bytes: Uint8Array) => {
  const result = decode(bytes)
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return Object.fromEntries([...result.right].map(([name, x]) => [name, x.toArray()]))
}

// np.savez_compressed(f, w=np.array([1, 2], 'f4'), b=np.array(3, 'i4')) and np.savez(f, w=…) of NumPy 2.4.6
const compressed =
  'UEsDBC0AAAAIAAAAIQCayqvn//////////8FABQAdy5ucHkBABAAiAAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC4GhgZ7BgYGBwBQSwMELQAAAAgAAAAhAFu60zv//////////wUAFABiLm5weQEAEACEAAAAAAAAAEYAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkamjoKtQoUAS5mBgYGAFBLAQItAy0AAAAIAAAAIQCayqvnTAAAAIgAAAAFAAAAAAAAAAAAAACAAQAAAAB3Lm5weVBLAQItAy0AAAAIAAAAIQBbutM7RgAAAIQAAAAFAAAAAAAAAAAAAACAAYMAAABiLm5weVBLBQYAAAAAAgACAGYAAAAAAQAAAAA='
const stored =
  'UEsDBC0AAAAAAAAAIQCayqvn//////////8FABQAdy5ucHkBABAAiAAAAAAAAACIAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAACAPwAAAEBQSwECLQMtAAAAAAAAACEAmsqr54gAAACIAAAABQAAAAAAAAAAAAAAgAEAAAAAdy5ucHlQSwUGAAAAAAEAAQAzAAAAvwAAAAAA'

describe('decodeNpz', () => {
  it('reads what NumPy saved, compressed or not', () => {
    expect(arrays(bytesOf(compressed))).toEqual({ w: [1, 2], b: 3 })
    expect(arrays(bytesOf(stored))).toEqual({ w: [1, 2] })
  })

  it.each([false, true])('is the inverse of encodeNpz, compressed: %s', (compress) => {
    const tensors = new Map([
      ['a/b', np.ones([2, 3])],
      ['__proto__', np.array([1, 2])],
      ['', np.array(5)],
    ])
    const result = decode(encodeNpz(tensors, { compress }))
    if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
    expect([...result.right.keys()]).toEqual([...tensors.keys()])
    for (const [name, x] of tensors) expect(result.right.get(name)?.toArray()).toEqual(x.toArray())
  })

  it('notices a changed bit anywhere in the data, by the checksum', () => {
    const bytes = bytesOf(stored)
    bytes[bytes.indexOf(0x3f, 180)] = 0x3e
    expect(failure(bytes).kind).toBe('checksum')
  })

  it('refuses a file that unpacks to more than deflate can make, before it allocates', () => {
    const bytes = bytesOf(compressed)
    const directory = 0x100
    new DataView(bytes.buffer).setUint32(directory + 24, 0xfffffff0, true)
    expect(failure(bytes)).toMatchObject({ kind: 'mismatch' })
  })

  it('refuses entries that overlap', () => {
    const bytes = bytesOf(compressed)
    new DataView(bytes.buffer).setUint32(0x100 + 51 + 42, 10, true)
    expect(failure(bytes).kind).toBe('overlap')
  })

  /** An npy file of any dtype. */
  const npy = (descr: string, data: readonly number[]): Uint8Array => {
    const header = new TextEncoder().encode(`{'descr': ${descr}, 'fortran_order': False, 'shape': (1,), }\n`)
    return Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0, ...header, ...data])
  }
  const mixed = (): Uint8Array =>
    zipSync({
      'label.npy': npy("'<U3'", Array<number>(12).fill(65)),
      'w.npy': encodeNpy(np.ones([2])),
      'any.npy': npy("'|O'", [128, 4, 46]),
      'rows.npy': npy("[('a', '<f4'), ('b', '<i4')]", Array<number>(8).fill(0)),
      'z.npy': npy("'<c8'", Array<number>(8).fill(0)),
      'notes.txt': new Uint8Array(3),
    })

  it('reads the arrays beside members of other kinds, which are listed and give their error when asked for', () => {
    const result = decode(mixed())
    if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
    expect([...result.right.keys()]).toEqual(['w'])
    expect([...result.right.leftOut.keys()]).toEqual(['label', 'any', 'rows', 'z', 'notes.txt'])
    for (const [name, descr] of [
      ['label', "'<U3'"],
      ['any', "'|O'"],
      ['z', "'<c8'"],
    ] as const) {
      expect(tensorNamed(result.right, name)).toMatchObject({
        left: { _tag: 'DataError', kind: 'unsupported', file: `x.npz: ${name}.npy`, found: descr },
      })
    }
  })

  it('unpacks no more than it may, by the sizes of the directory and by what really comes', () => {
    const bytes = zipSync({ 'a.npy': encodeNpy(np.zeros([1000])), 'b.npy': encodeNpy(np.zeros([1000])) })
    expect(E.isRight(decodeNpz(bytes, { file: 'x', maxBytes: 8256 }))).toBe(true)
    expect(decodeNpz(bytes, { file: 'x', maxBytes: 8255 })).toMatchObject({ left: { kind: 'limit', found: '8256' } })
  })

  it('leaves bytes behind the archive alone', () => {
    expect(arrays(Uint8Array.of(...bytesOf(compressed), 0, 0, 0))).toEqual({ w: [1, 2], b: 3 })
  })

  it('refuses what is no npy file, encrypted entries, other methods and truncated archives', () => {
    expect(failure(zipSync({ 'a.txt': new Uint8Array(3) }))).toMatchObject({ kind: 'unsupported', found: '"a.txt"' })
    expect(failure(zipSync({ 'a.npy': new Uint8Array(3) }))).toMatchObject({ kind: 'truncated', file: 'x.npz: a.npy' })
    const encrypted = bytesOf(stored)
    encrypted[0xbf + 8] = 1
    expect(failure(encrypted).kind).toBe('unsupported')
    const method = bytesOf(stored)
    method[0xbf + 10] = 12
    expect(failure(method).kind).toBe('unsupported')
    const whole = bytesOf(compressed)
    for (let length = 0; length < whole.length; length++) {
      expect(['truncated', 'magic']).toContain(failure(whole.subarray(0, length)).kind)
    }
  })

  it('refuses one name twice', () => {
    const bytes = zipSync({ 'a.npy': encodeNpy(np.ones([1])), 'b.npy': encodeNpy(np.ones([1])) }, { level: 0 })
    const text = Buffer.from(bytes).toString('latin1').replaceAll('b.npy', 'a.npy')
    expect(failure(new Uint8Array(Buffer.from(text, 'latin1'))).kind).toBe('duplicate')
  })
})
