import { np } from '@puregrad/core'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeCheckpoint } from './decode.js'
import { encodeCheckpoint } from './format.js'
import type { Json } from './metadata.js'

const roundTrip = (metadata: Json): unknown => {
  const decoded = decodeCheckpoint(encodeCheckpoint({ w: 1 }, metadata), { file: 'a' })
  if (E.isLeft(decoded)) throw new Error(decoded.left.found)
  return decoded.right.metadata
}
const refused = (metadata: unknown) => expect(() => encodeCheckpoint({ w: 1 }, metadata as Json))

describe('metadata', () => {
  it('comes back exactly, also what JSON has no word for', () => {
    const special = { nan: Number.NaN, up: Infinity, down: -Infinity, zero: -0, big: 2n ** 80n, none: undefined }
    const metadata = { ...special, when: new Date(1e12), never: new Date(Number.NaN), list: [Number.NaN, [-0]] }
    expect(roundTrip(metadata)).toStrictEqual(metadata)
    expect(Object.is((roundTrip(metadata) as { readonly zero: number }).zero, -0)).toBe(true)
  })

  it('comes back exactly, whatever it is', () => {
    const values = fc.anything({
      withBigInt: true,
      withDate: true,
      withSparseArray: false,
      withNullPrototype: false,
      maxDepth: 4,
      key: fc.oneof(fc.string(), fc.constantFrom('$puregrad', 'value', '__proto__')),
    })
    fc.assert(
      fc.property(values, (x) => {
        expect(roundTrip([x as Json])).toStrictEqual([x])
      }),
    )
  })

  it('may have a key that marks values', () => {
    for (const inner of ['number', 'record', 'bigint', 'undefined', 1, { $puregrad: 'record', value: {} }]) {
      const metadata = { $puregrad: inner, value: { a: 'NaN' } } as Json
      expect(roundTrip(metadata)).toStrictEqual(metadata)
    }
  })

  it('is written as before if JSON holds it', () => {
    const text = new TextDecoder().decode(encodeCheckpoint({ w: 1 }, { a: [1, 'b', null, true], c: {} }))
    expect(text).toContain('"metadata":{"a":[1,"b",null,true],"c":{}}')
  })

  it('takes records of another realm, and deep ones', async () => {
    const { runInNewContext } = await import('node:vm')
    expect(roundTrip(runInNewContext('({ a: [1] })') as Json)).toEqual({ a: [1] })
    let deep: Json = 1
    for (let i = 0; i < 1000; i++) deep = [deep]
    expect(roundTrip(deep)).toEqual(deep)
  })

  it('is refused with the place of what cannot be kept', () => {
    const cyclic: Record<string, unknown> = { list: [] }
    ;(cyclic.list as unknown[]).push(cyclic)
    refused(cyclic).toThrow('saveCheckpoint: metadata.list[0] is a value that contains itself')
    refused({ f: () => 1 }).toThrow('metadata.f is a function')
    refused({ a: [Symbol('b')] }).toThrow('metadata.a[0] is a symbol')
    refused({ m: new Map() }).toThrow('metadata.m is a Map')
    refused({ w: np.ones([1]) }).toThrow('tensors belong in the tree')
    let deep: unknown = 1
    for (let i = 0; i < 20_000; i++) deep = [deep]
    refused(deep).toThrow('more than 1000 levels deep')
  })

  it('may hold one value in two places', () => {
    const shared = { a: 1 }
    expect(roundTrip([shared, shared])).toEqual([shared, shared])
  })
})
