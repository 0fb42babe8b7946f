/**
 * The format of checkpoints, version 1. All integers are little-endian.
 *
 * | bytes   | what                                                                                       |
 * | ------- | ------------------------------------------------------------------------------------------ |
 * | 0–7     | magic: 89 50 55 52 45 47 0D 0A ("PUREG" between bytes that text transfers would change)    |
 * | 8–11    | version                                                                                    |
 * | 12–15   | length of the header                                                                       |
 * | 16–47   | SHA-256 of bytes 0–15 and of the header                                                    |
 * | 48–     | header: JSON with the tree (leaves as their numbers), the leaves and the metadata          |
 * | then    | the elements of one leaf after the other, each from a multiple of 8 on, zeros between them |
 *
 * Each leaf has its own SHA-256 in the header, so that damage is found and named. A JavaScript number is 8 bytes of float64
 * and a boolean one byte: NaN, infinities and −0 come back as they were.
 */
import { sha256 as hashing } from '@noble/hashes/sha2'
import { bytesToHex as hex } from '@noble/hashes/utils'
import { type DType, type Shape, Tensor, tree } from '@puregrad/core'
import { type Json, metadataToJson } from './metadata.js'

export const magic = Uint8Array.of(0x89, 0x50, 0x55, 0x52, 0x45, 0x47, 0x0d, 0x0a)
export const version = 1
export const preambleBytes = 48

/** A leaf as the header tells of it. */
export interface LeafEntry {
  readonly path: tree.Path
  /** A tensor, or a JavaScript value. */
  readonly kind: 'tensor' | 'number' | 'boolean'
  readonly dtype: DType
  readonly shape: Shape
  /** From the end of the header, rounded up to a multiple of 8. */
  readonly begin: number
  readonly bytes: number
  readonly sha256: string
}

export const bytesPerElement: Readonly<Record<DType, 1 | 4 | 8>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  uint32: 4,
  uint8: 1,
  bool: 1,
}

export const aligned = (offset: number): number => Math.ceil(offset / 8) * 8

/** Node's own hash, which is some times faster, where there is one. */
const native = globalThis.process?.getBuiltinModule?.('node:crypto')

/** The SHA-256 of the parts, one after the other. */
export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = native?.createHash('sha256') ?? hashing.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export { hex }

export const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** A copy of the bytes with each element turned round on machines that write the other end first. */
export const turned = (bytes: Uint8Array, width: number): Uint8Array => {
  // Not `slice`, which of a Buffer is no copy.
  const out = new Uint8Array(bytes)
  if (!isLittleEndian) for (let i = 0; i < out.length; i += width) out.subarray(i, i + width).reverse()
  return out
}

const elementsOf = (
  leaf: tree.Leaf,
): { readonly kind: LeafEntry['kind']; dtype: DType; shape: Shape; data: Uint8Array } => {
  if (typeof leaf === 'boolean') {
    return { kind: 'boolean', dtype: 'bool', shape: [], data: Uint8Array.of(leaf ? 1 : 0) }
  }
  if (typeof leaf === 'number') {
    const data = new Uint8Array(Float64Array.of(leaf).buffer)
    return { kind: 'number', dtype: 'float64', shape: [], data: turned(data, 8) }
  }
  const numbers = leaf.data()
  const data = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  const { dtype, shape } = leaf
  return { kind: 'tensor', dtype, shape, data: isLittleEndian ? data : turned(data, bytesPerElement[dtype]) }
}

/** The tree with the number of each leaf in its place; keys are in order, so that equal trees give equal bytes. */
const skeletonOf = (x: unknown): unknown => {
  const structure = tree.structure(x)
  return tree.unflatten(
    structure,
    Array.from({ length: structure.leafCount }, (_, i) => i),
  )
}

/**
 * A pytree of tensors, numbers and booleans with metadata, as the bytes of a checkpoint. The same values give the same bytes.
 * A weakly typed tensor (made of JavaScript numbers alone) comes back strongly typed.
 * @throws TreeError naming the path of anything that no tree holds, or no metadata
 * @example
 * const bytes = encodeCheckpoint({ w: np.ones([2]), step: 3 }, { note: 'first try' })
 * E.isRight(decodeCheckpoint(bytes, { file: 'memory' })) // true
 */
export const encodeCheckpoint = (x: unknown, metadata: Json = null): Uint8Array => {
  const [leaves] = tree.flatten(x)
  const paths = tree.leafPaths(x)
  const about = metadataToJson(metadata)
  let end = 0
  const parts: { readonly at: number; readonly data: Uint8Array }[] = []
  const entries = leaves.map((leaf, i): LeafEntry => {
    const { kind, dtype, shape, data } = elementsOf(leaf)
    const begin = aligned(end)
    end = begin + data.length
    parts.push({ at: begin, data })
    return { path: paths[i] as tree.Path, kind, dtype, shape, begin, bytes: data.length, sha256: hex(sha256(data)) }
  })
  const header = new TextEncoder().encode(JSON.stringify({ tree: skeletonOf(x), leaves: entries, metadata: about }))
  const start = aligned(preambleBytes + header.length)
  const out = new Uint8Array(start + end)
  const view = new DataView(out.buffer)
  out.set(magic)
  view.setUint32(8, version, true)
  view.setUint32(12, header.length, true)
  out.set(sha256(out.subarray(0, 16), header), 16)
  out.set(header, preambleBytes)
  for (const { at, data } of parts) out.set(data, start + at)
  return out
}

/** Where a leaf is and what it is. */
export type LeafType = Pick<LeafEntry, 'path' | 'kind' | 'dtype' | 'shape'>

const typeOf = (leaf: tree.Leaf): Omit<LeafType, 'path'> => {
  if (leaf instanceof Tensor) return { kind: 'tensor', dtype: leaf.dtype, shape: leaf.shape }
  return typeof leaf === 'number'
    ? { kind: 'number', dtype: 'float64', shape: [] }
    : { kind: 'boolean', dtype: 'bool', shape: [] }
}

/**
 * What the leaves of a tree are, to compare them with those of a file.
 * @internal
 */
export const typesOf = (x: unknown): readonly LeafType[] => {
  const [leaves] = tree.flatten(x)
  return tree.leafPaths(x).map((path, i) => ({ path, ...typeOf(leaves[i] as tree.Leaf) }))
}

/** `float32[2,3]`, or `number`. */
export const showType = ({ kind, dtype, shape }: Omit<LeafType, 'path'>): string =>
  kind === 'tensor' ? `${dtype}[${shape}]` : kind
