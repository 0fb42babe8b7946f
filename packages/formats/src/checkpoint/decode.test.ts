import { np, type Tensor, tree } from '@puregrad/core'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { type CheckpointError, showCheckpointError } from './checkpoint-error.js'
import { decodeCheckpoint } from './decode.js'
import { encodeCheckpoint, sha256 } from './format.js'
import type { Json } from './metadata.js'

const file = 'a.ckpt'
const sample = () => ({
  layers: [
    {
      kernel: np.array([
        [1, -0],
        [Number.NaN, 3],
      ]),
      bias: np.array([1], { dtype: 'float64' }),
    },
  ],
  count: np.array(7, { dtype: 'int32' }),
  key: np.array([0, 0xffffffff], { dtype: 'uint32' }),
  bytes: np.array(Uint8Array.of(1, 2, 3)),
  mask: np.array([true, false, true]),
  none: null,
  empty: [np.zeros([0, 3]), {}, []],
  rate: 0.1,
  on: true,
})

/** Structure, types and every bit. */
const exactly = (x: unknown): readonly unknown[] => [
  String(tree.structure(x)),
  ...tree
    .flatten(x)[0]
    .map((leaf) =>
      typeof leaf === 'object'
        ? [leaf.dtype, leaf.shape, Buffer.from((leaf as Tensor).data().buffer as ArrayBuffer).toString('hex')]
        : [typeof leaf, Buffer.from(Float64Array.of(Number(leaf)).buffer).toString('hex')],
    ),
]

const rightOf = <T>(either: E.Either<CheckpointError, T>): T => {
  if (E.isLeft(either)) throw new Error(showCheckpointError(either.left))
  return either.right
}
const leftOf = (either: E.Either<CheckpointError, unknown>): CheckpointError => {
  if (E.isRight(either)) throw new Error('It was taken for good.')
  return either.left
}
const decoded = (bytes: Uint8Array, like?: unknown) =>
  decodeCheckpoint(bytes, { file, ...(like === undefined ? {} : { like }) })

/** A checkpoint whose header was rewritten, with the right hash. */
const withHeader = (bytes: Uint8Array, edit: (header: Record<string, unknown>) => unknown): Uint8Array => {
  const length = new DataView(bytes.buffer).getUint32(12, true)
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(48, 48 + length))) as Record<string, unknown>
  const text = new TextEncoder().encode(JSON.stringify(edit(header)))
  const data = bytes.subarray(Math.ceil((48 + length) / 8) * 8)
  const start = Math.ceil((48 + text.length) / 8) * 8
  const out = new Uint8Array(start + data.length)
  out.set(bytes.subarray(0, 16))
  new DataView(out.buffer).setUint32(12, text.length, true)
  out.set(sha256(out.subarray(0, 16), text), 16)
  out.set(text, 48)
  out.set(data, start)
  return out
}

describe('decodeCheckpoint', () => {
  it('gives back every bit of a tree, and its metadata', () => {
    const metadata = { note: 'ü', list: [1, null, { a: false }] }
    const back = rightOf(decoded(encodeCheckpoint(sample(), metadata), sample()))
    expect(exactly(back.tree)).toEqual(exactly(sample()))
    expect(back.metadata).toEqual(metadata)
  })

  it('gives back any tree, without being told what it is like', () => {
    const numbers = fc.array(fc.double(), { maxLength: 5 }).map((x) => np.array(Float64Array.from(x)))
    const { tree: trees } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constant(null),
        fc.double(),
        fc.boolean(),
        numbers,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
      ),
    }))
    fc.assert(
      fc.property(trees, fc.jsonValue(), (x, metadata) => {
        const bytes = encodeCheckpoint(x, metadata as Json)
        const back = rightOf(decoded(bytes, x))
        expect(exactly(back.tree)).toEqual(exactly(x))
        expect(JSON.stringify(back.metadata)).toBe(JSON.stringify(metadata))
        expect(encodeCheckpoint(back.tree, back.metadata)).toEqual(bytes)
      }),
    )
  })

  it('takes bytes that begin anywhere in memory', () => {
    const bytes = encodeCheckpoint(sample())
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(exactly(rightOf(decoded(shifted.subarray(3))).tree)).toEqual(exactly(sample()))
  })

  it('names the leaf that is missing, too many, of another shape or dtype', () => {
    const bytes = encodeCheckpoint(sample())
    const [layer] = sample().layers
    const cases: readonly (readonly [unknown, string, string, string, string])[] = [
      [{ ...sample(), more: 1 }, 'tree', 'tree.more', 'number', 'no such leaf'],
      [{ ...sample(), mask: null }, 'tree', 'tree.mask', 'no such leaf', 'bool[3]'],
      [
        { ...sample(), layers: [{ ...layer, kernel: np.zeros([4]) }] },
        'shape',
        'tree.layers[0].kernel',
        'float32[4]',
        'float32[2,2]',
      ],
      [{ ...sample(), count: np.array(7) }, 'dtype', 'tree.count', 'float32[]', 'int32[]'],
      [{ ...sample(), rate: np.array(0.1, { dtype: 'float64' }) }, 'dtype', 'tree.rate', 'float64[]', 'number'],
    ]
    for (const [like, kind, leaf, expected, found] of cases) {
      expect(leftOf(decoded(bytes, like))).toMatchObject({ _tag: 'CheckpointError', kind, leaf, expected, found, file })
    }
    expect(leftOf(decoded(bytes, { ...sample(), none: {} }))).toMatchObject({ kind: 'tree', leaf: null })
  })

  it('names the leaf whose bytes changed', () => {
    const bytes = encodeCheckpoint({ a: np.zeros([4]), b: np.zeros([4]) })
    bytes[bytes.length - 1] = 1
    expect(leftOf(decoded(bytes))).toMatchObject({ kind: 'hash', leaf: 'tree.b' })
  })

  it('sees every flipped bit', () => {
    const bytes = encodeCheckpoint(
      { a: np.array([1, 2, 3]), b: [true, 4], c: np.ones([3], { dtype: 'uint8' }) },
      { n: 1 },
    )
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(leftOf(decoded(flipped))._tag, `bit ${bit}`).toBe('CheckpointError')
    }
  })

  it('sees every missing and every additional byte', () => {
    const bytes = encodeCheckpoint(sample())
    for (let length = 0; length < bytes.length; length++) {
      const { kind } = leftOf(decoded(bytes.subarray(0, length)))
      expect(kind, `${length} bytes`).toBe('truncated')
    }
    const longer = new Uint8Array(bytes.length + 1)
    longer.set(bytes)
    expect(leftOf(decoded(longer)).kind).toBe('trailing')
  })

  it('refuses any bytes, and any bytes behind a good beginning', () => {
    const begin = encodeCheckpoint({ a: np.ones([2]) }).subarray(0, 16)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        leftOf(decoded(bytes))
        leftOf(decoded(Buffer.concat([begin, bytes])))
      }),
    )
  })

  it('tells of files of other kinds and of other versions', () => {
    expect(leftOf(decoded(new Uint8Array(100))).kind).toBe('magic')
    const newer = encodeCheckpoint({})
    newer[8] = 2
    expect(leftOf(decoded(newer))).toMatchObject({ kind: 'version', expected: 'version 1', found: '2' })
  })

  it('believes no header, even one with the right hash', () => {
    type Entry = Record<string, unknown>
    const bytes = encodeCheckpoint({ a: np.ones([2, 2]), b: 1 })
    expect(E.isRight(decoded(withHeader(bytes, (header) => header)))).toBe(true)
    const first = (edit: (entry: Entry) => Entry) => (header: Record<string, unknown>) => {
      const [entry, ...others] = header.leaves as Entry[]
      return { ...header, leaves: [edit(entry as Entry), ...others] }
    }
    const edits: readonly ((header: Record<string, unknown>) => unknown)[] = [
      () => null,
      () => [],
      () => ({}),
      (header) => ({ ...header, leaves: {} }),
      (header) => ({ ...header, leaves: [] }),
      (header) => ({ ...header, leaves: [null, 1] }),
      (header) => ({ ...header, tree: { a: 0, b: 0 } }),
      (header) => ({ ...header, tree: { a: 1, b: 0 } }),
      (header) => ({ ...header, tree: { a: 0, c: 1 } }),
      (header) => ({ ...header, tree: { a: 0 } }),
      (header) => ({ ...header, tree: 'a' }),
      first((entry) => ({ ...entry, shape: [2 ** 30, 2 ** 30] })),
      first((entry) => ({ ...entry, shape: [2 ** 30], bytes: 2 ** 32 })),
      first((entry) => ({ ...entry, shape: [-2, -2] })),
      first((entry) => ({ ...entry, shape: [0.5, 8] })),
      first((entry) => ({ ...entry, begin: 8 })),
      first((entry) => ({ ...entry, begin: -8 })),
      first((entry) => ({ ...entry, dtype: 'float16' })),
      first((entry) => ({ ...entry, dtype: 'constructor' })),
      first((entry) => ({ ...entry, kind: 'number' })),
      first((entry) => ({ ...entry, path: [{}] })),
      first((entry) => ({ ...entry, sha256: 'x' })),
    ]
    for (const edit of edits) expect(leftOf(decoded(withHeader(bytes, edit)))._tag).toBe('CheckpointError')
  })

  it('refuses a header that nests too deep', () => {
    const bytes = encodeCheckpoint({})
    const text = `{"tree":${'['.repeat(100_000)}0${']'.repeat(100_000)},"leaves":[]}`
    const header = new TextEncoder().encode(text)
    const hostile = new Uint8Array(Math.ceil((48 + header.length) / 8) * 8)
    hostile.set(bytes.subarray(0, 16))
    new DataView(hostile.buffer).setUint32(12, header.length, true)
    hostile.set(sha256(hostile.subarray(0, 16), header), 16)
    hostile.set(header, 48)
    expect(leftOf(decoded(hostile)).kind).toBe('header')
  })
})

describe('encodeCheckpoint', () => {
  it('gives the same bytes whatever the order of the keys', () => {
    const [a, b] = [np.ones([2]), np.zeros([3])]
    expect(encodeCheckpoint({ a, b })).toEqual(encodeCheckpoint({ b, a }))
  })

  it('refuses what no tree holds', () => {
    expect(() => encodeCheckpoint({ a: 'text' })).toThrow("tree.a is the string 'text'")
  })
})
