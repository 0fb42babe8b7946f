import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeTfjs } from './tfjs.js'

const json = (weights: readonly unknown[], paths: readonly unknown[] = ['a.bin'], more = {}): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ ...more, weightsManifest: [{ paths, weights }] }))
const floats = (...values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)
const decode = (model: Uint8Array, shards: Readonly<Record<string, Uint8Array>>) =>
  decodeTfjs(model, new Map(Object.entries(shards)), { file: 'model.json' })
const arrays = (result: ReturnType<typeof decode>) => {
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return Object.fromEntries([...result.right.tensors].map(([name, x]) => [name, x.toArray()]))
}
const w = { name: 'w', shape: [2], dtype: 'float32' }

describe('decodeTfjs', () => {
  it('reads weights one after the other, across the borders of shards', () => {
    const bytes = floats(1, 2, 3)
    const model = json([w, { name: 'b', shape: [], dtype: 'float32' }], ['a.bin', 'b.bin'], { modelTopology: { a: 1 } })
    const result = decode(model, { 'a.bin': bytes.subarray(0, 5), 'b.bin': bytes.subarray(5) })
    expect(arrays(result)).toEqual({ w: [1, 2], b: 3 })
    expect(E.isRight(result) && result.right.topology).toEqual({ a: 1 })
  })

  it('reads quantized weights', () => {
    const u8 = { ...w, quantization: { dtype: 'uint8', scale: 0.5, min: -1 } }
    const u16 = { ...w, name: 'v', dtype: 'int32', quantization: { dtype: 'uint16', scale: 2, min: 1 } }
    const half = { ...w, name: 'h', quantization: { dtype: 'float16', original_dtype: 'float32' } }
    const bytes = Uint8Array.of(0, 255, 1, 0, 2, 0, 0, 60, 0, 192)
    expect(arrays(decode(json([u8, u16, half]), { 'a.bin': bytes }))).toEqual({ w: [-1, 126.5], v: [3, 5], h: [1, -2] })
  })

  it.each([
    ['a shard that is missing', json([w], ['b.bin']), 'missing'],
    ['too few bytes', json([{ ...w, shape: [3] }]), 'truncated'],
    ['too many bytes', json([{ ...w, shape: [1] }]), 'trailing'],
    [
      'one name twice',
      json([
        { ...w, shape: [1] },
        { ...w, shape: [1] },
      ]),
      'duplicate',
    ],
    ['a size beyond reason', json([{ ...w, shape: [2 ** 40, 2 ** 40] }]), 'truncated'],
    ['a dtype that is unknown', json([{ ...w, dtype: 'string' }]), 'unsupported'],
    ['a quantization that is unknown', json([{ ...w, quantization: { dtype: 'uint8' } }]), 'unsupported'],
    ['a path that leads elsewhere', json([w], ['../a.bin']), 'value'],
    ['a path from the root', json([w], ['/etc/passwd']), 'value'],
    ['an address', json([w], ['https://example.com/a.bin']), 'value'],
    ['another JSON', new TextEncoder().encode('{}'), 'syntax'],
    ['no JSON', floats(1), 'syntax'],
  ])('refuses %s', (_, model, kind) => {
    const result = decode(model, { 'a.bin': floats(1, 2) })
    expect(E.isLeft(result) && result.left).toMatchObject({ _tag: 'DataError', kind })
  })
})
