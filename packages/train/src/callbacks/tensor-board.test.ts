import { describe, expect, it } from 'vitest'
import { epochEnded, stepped } from '../../test/events.js'
import { crc32c } from './crc32c.js'
import { encodeScalars, encodeVersion, tensorBoardLog } from './tensor-board.js'

/** A reader of TFRecords and of protocol buffers without a schema, written from their descriptions. */
const unmasked = (masked: number): number => {
  const rotated = (masked - 0xa282ead8) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}
const recordsOf = (bytes: Uint8Array): readonly Uint8Array[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true))
    expect(unmasked(view.getUint32(at + 8, true))).toBe(crc32c(bytes.subarray(at, at + 8)))
    const data = bytes.subarray(at + 12, at + 12 + length)
    expect(data).toHaveLength(length)
    expect(unmasked(view.getUint32(at + 12 + length, true))).toBe(crc32c(data))
    out.push(data)
    at += length + 16
  }
  return out
}
const fieldsOf = (bytes: Uint8Array): readonly (readonly [number, number | Uint8Array])[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const varint = (): number => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = bytes[at++] as number
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  const fields: (readonly [number, number | Uint8Array])[] = []
  while (at < bytes.length) {
    const tag = varint()
    const [field, wire] = [tag >> 3, tag & 7]
    if (wire === 0) fields.push([field, varint()])
    else {
      const length = wire === 1 ? 8 : wire === 5 ? 4 : varint()
      const data = bytes.subarray(at, at + length)
      fields.push([field, wire === 1 ? view.getFloat64(at, true) : wire === 5 ? view.getFloat32(at, true) : data])
      at += length
    }
  }
  return fields
}
const textOf = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array)
const scalarsOf = (event: Uint8Array) => {
  const fields = new Map(fieldsOf(event))
  const values = fieldsOf((fields.get(5) as Uint8Array) ?? new Uint8Array()).map(([, value]) => {
    const inner = new Map(fieldsOf(value as Uint8Array))
    return [textOf(inner.get(1)), inner.get(2)]
  })
  return { time: fields.get(1), step: fields.get(2), values: Object.fromEntries(values) as unknown }
}

describe('crc32c', () => {
  // RFC 3720, appendix B.4.
  it.each([
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ])('has the values of the standard', (bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
  })
})

describe('event files', () => {
  it('begin with their version', () => {
    const [record] = recordsOf(encodeVersion(1.5))
    expect(fieldsOf(record as Uint8Array)).toEqual([
      [1, 1.5],
      [3, new TextEncoder().encode('brain.Event:2')],
    ])
  })

  it('hold scalars by tag and step', () => {
    const bytes = encodeScalars(1_700_000_000.25, 5_000_000_000, [
      { tag: 'train/loss', value: 0.5 },
      { tag: 'ü'.repeat(100), value: Number.NaN },
    ])
    expect(recordsOf(bytes).map(scalarsOf)).toEqual([
      { time: 1_700_000_000.25, step: 5_000_000_000, values: { 'train/loss': 0.5, ['ü'.repeat(100)]: Number.NaN } },
    ])
  })
})

describe('tensorBoardLog', () => {
  const bytesOf = (effects: readonly { readonly _tag: string }[]): Uint8Array =>
    (effects[0] as unknown as { readonly bytes: Uint8Array }).bytes

  it('writes epochs under train/ and validation/, behind the version', () => {
    const { init, reduce } = tensorBoardLog('board', { also: () => ({ learningRate: 0.25 }) })
    const [state, effects] = reduce(init, epochEnded(1, { loss: 0.5 }, { loss: 0.75 }))
    expect(effects).toMatchObject([{ _tag: 'Write', file: 'board/events.out.tfevents.puregrad', at: 0 }])
    const [first, second] = recordsOf(bytesOf(effects)) as [Uint8Array, Uint8Array]
    expect(textOf(new Map(fieldsOf(first)).get(3))).toBe('brain.Event:2')
    const values = { 'train/loss': 0.5, 'validation/loss': 0.75, learningRate: 0.25 }
    expect(scalarsOf(second)).toEqual({ time: 1_700_000_000.5, step: 10, values })
    const [next, more] = reduce(state, epochEnded(2, { loss: 0.25 }))
    expect(more).toMatchObject([{ at: state.written }])
    expect(recordsOf(bytesOf(more))).toHaveLength(1)
    expect(next.written).toBe(state.written + bytesOf(more).length)
  })

  it('writes steps if asked', () => {
    const { init, reduce } = tensorBoardLog('board', { steps: true })
    const [, effects] = reduce(init, stepped(12, [{ loss: 1 }, { loss: 2 }]))
    expect(recordsOf(bytesOf(effects)).slice(1).map(scalarsOf)).toMatchObject([
      { step: 11, values: { 'step/loss': 1 } },
      { step: 12, values: { 'step/loss': 2 } },
    ])
    expect(tensorBoardLog('board').reduce({ written: 0 }, stepped(12, [{ loss: 1 }]))).toEqual([{ written: 0 }, []])
  })
})
