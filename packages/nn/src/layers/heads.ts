/** What all layers of multi-head attention share: projections, heads, positions and the cache of keys and values. */
import { lax, np, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import { attend, dotProductAttention } from '../functions/attention.js'
import { rope } from '../functions/positions.js'
import { type LeafPlan, under } from '../plan.js'
import { type Affine, affine, type DenseParams, type KernelOptions, planKernel } from './dense.js'

export interface AttentionParams<D = DenseParams> {
  readonly query: D
  readonly key: D
  readonly value: D
  readonly out: D
}

export interface HeadOptions<B extends boolean = boolean> extends KernelOptions<B> {
  /** Into how many heads the features are divided. */
  readonly heads: number
  /** How many heads keys and values have, each shared by a group of queries (Ainslie et al. 2023): as many unless said. */
  readonly keyValueHeads?: number
  /** Whether a position sees no later ones: false unless said. */
  readonly causal?: boolean
  /** Rotary positions: false unless said, true for the usual base of 10000. */
  readonly rope?: boolean | { readonly base: number }
}

/** Keys and values of the positions seen so far, [batch, length, heads, size], and how many these are. */
export interface KvCache {
  readonly key: Tensor
  readonly value: Tensor
  /** int32, a scalar */
  readonly index: Tensor
}

/** Sequences token by token: what `apply` gives for the whole, without computing anything twice. */
export interface Decoding<P, I = Tensor> {
  /** An empty cache for sequences of up to `length`. */
  readonly startCache: (params: P, batch: number, length: number) => KvCache
  /** The outputs for further positions x, and the cache with them; positions beyond its length give NaN. */
  readonly step: (params: P, cache: KvCache, x: I) => readonly [Tensor, KvCache]
}

/** Heads of a layer by name. @throws RangeError unless their numbers make sense */
export const checkHeads = (name: string, { heads, keyValueHeads = heads }: HeadOptions): void => {
  if (!Number.isInteger(heads) || heads < 1) {
    throw new RangeError(`${name}: the number of heads has to be a whole number ≥ 1.`)
  }
  if (!Number.isInteger(keyValueHeads) || keyValueHeads < 1 || heads % keyValueHeads !== 0) {
    throw new RangeError(`${name}: ${keyValueHeads} heads of keys and values have to divide the ${heads} heads.`)
  }
}

/** An error unless heads divide features. */
export const headsError = (name: string, { heads, rope: turned }: HeadOptions, features: number): ShapeError | null => {
  if (features % heads !== 0) {
    return new ShapeError(
      `${name}: ${heads} heads do not divide the ${features} features of the query. Take heads that do.`,
    )
  }
  if (turned !== undefined && turned !== false && (features / heads) % 2 !== 0) {
    return new ShapeError(`${name}: rotary positions need heads of even size, and it is ${features / heads}.`)
  }
  return null
}

/** The plan of all projections, for queries and for what keys and values are made of. */
export const planHeads = (
  options: HeadOptions,
  features: number,
  source: { readonly key: number; readonly value: number },
): AttentionParams<Readonly<Record<string, LeafPlan>>> => {
  const narrow = (features / options.heads) * (options.keyValueHeads ?? options.heads)
  const project = (label: string, from: number, to: number): Readonly<Record<string, LeafPlan>> =>
    under(label, planKernel([from, to], options)) as Readonly<Record<string, LeafPlan>>
  return {
    query: project('query', features, features),
    key: project('key', source.key, narrow),
    value: project('value', source.value, narrow),
    out: project('out', features, features),
  }
}

const split = (x: Tensor, heads: number): Tensor => x.reshape([...x.shape.slice(0, -1), heads, -1])

const turn = (x: Tensor, { rope: turned = false }: HeadOptions, positions?: Tensor): Tensor =>
  turned === false
    ? x
    : rope(x, { ...(turned === true ? {} : turned), ...(positions === undefined ? {} : { positions }) })

/** A mask of keys [batch, keys] or of pairs [batch, queries, keys] as one of heads. */
const ofHeads = (mask: Tensor): Tensor => {
  const condition = mask.astype('bool')
  if (mask.ndim === 2) return np.expandDims(condition, [1, 2])
  return mask.ndim === 3 ? np.expandDims(condition, 1) : condition
}

/** Which keys any query of any head sees, [batch, keys, 1]. */
const keysSeen = (mask: Tensor): Tensor => {
  const axes = Array.from({ length: mask.ndim - 2 }, (_, i) => i + 1)
  return np.expandDims(np.any(mask.astype('bool'), { axis: axes }), 2)
}

/** Attention of `query` to `key` and `value`, all [batch, time, features]. */
export const attendHeads = (
  name: string,
  options: HeadOptions,
  params: AttentionParams<Affine>,
  {
    query,
    key,
    value = key,
    mask,
  }: { query: Tensor; key: Tensor; value?: Tensor | undefined; mask?: Tensor | undefined },
): Tensor => {
  const { heads, keyValueHeads = heads, causal = false } = options
  const q = turn(split(affine(`${name} query`, params.query, query), heads), options)
  // Keys that nothing sees may be anything, NaN too: gradients of kernels would multiply it by 0.
  const taking = (x: Tensor): Tensor => (mask === undefined ? x : np.where(keysSeen(mask), x, 0))
  const k = turn(split(affine(`${name} key`, params.key, taking(key)), keyValueHeads), options)
  const v = split(affine(`${name} value`, params.value, taking(value)), keyValueHeads)
  const mixed = dotProductAttention(q, k, v, {
    isCausal: causal,
    ...(mask === undefined ? {} : { mask: ofHeads(mask) }),
  })
  return affine(`${name} out`, params.out, mixed.reshape(query.shape))
}

/** An empty cache of keys and values, in the dtype of the parameters. */
export const emptyCache = (
  { heads, keyValueHeads = heads }: HeadOptions,
  { key: { kernel } }: AttentionParams<Affine>,
  batch: number,
  length: number,
): KvCache => {
  const zeros = np.zeros([batch, length, keyValueHeads, (kernel.shape[1] as number) / keyValueHeads], {
    dtype: kernel.dtype,
  })
  return { key: zeros, value: zeros, index: np.array(0, { dtype: 'int32' }) }
}

/** Attention of further positions to themselves and to those in the cache. */
export const attendCache = (
  name: string,
  options: HeadOptions,
  params: AttentionParams<Affine>,
  cache: KvCache,
  x: Tensor,
): readonly [Tensor, KvCache] => {
  const { heads, keyValueHeads = heads } = options
  const [time, length] = [x.shape[1] as number, cache.key.shape[1] as number]
  const positions = np.arange(time).astype('int32').add(cache.index)
  const q = turn(split(affine(`${name} query`, params.query, x), heads), options, positions)
  const k = turn(split(affine(`${name} key`, params.key, x), keyValueHeads), options, positions)
  const v = split(affine(`${name} value`, params.value, x), keyValueHeads)
  const next = {
    key: lax.dynamicUpdateSliceInDim(cache.key, k, cache.index, 1),
    value: lax.dynamicUpdateSliceInDim(cache.value, v, cache.index, 1),
    index: cache.index.add(time).astype('int32'),
  }
  const mask = np
    .arange(length)
    .astype('int32')
    .reshape([1, 1, 1, length])
    .le(positions.reshape([1, 1, time, 1]))
  const mixed = attend(q, next.key, next.value, { mask }, true)
  const y = affine(`${name} out`, params.out, mixed.reshape(x.shape))
  return [np.where(next.index.gt(length), Number.NaN, y), next]
}
