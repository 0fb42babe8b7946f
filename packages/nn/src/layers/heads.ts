/** What all layers of multi-head attention share: projections, heads, positions and the cache of keys and values. */
import { lax, np, RangeError, type Tensor } from '@puregrad/core'
import { alibiBias } from '../functions/alibi.js'
import { attend, dotProductAttention } from '../functions/attention.js'
import { rope } from '../functions/positions.js'
import { type Ctx, type Layer, stateless } from '../layer.js'
import { type OpenPlan, under } from '../plan.js'
import { refuse, unlessRefused } from '../refusal.js'
import { type Cache, type CacheOptions, evaluation, positionsFrom, type Stepping, stepless } from '../steps.js'
import { type Affine, affine, type DenseParams, type KernelOptions, planKernel, type WithBias } from './dense.js'

export interface AttentionParams<D = DenseParams> {
  readonly query: D
  readonly key: D
  readonly value: D
  readonly out: D
}

/** The parameters of heads whose projections have biases, or none. */
export type HeadParams<B extends boolean> = AttentionParams<WithBias<DenseParams, B>>

export interface HeadOptions<B extends boolean = boolean> extends KernelOptions<B> {
  /** Into how many heads the features are divided. */
  readonly heads: number
  /** How many heads keys and values have, each shared by a group of queries (Ainslie et al. 2023): as many unless said. */
  readonly keyValueHeads?: number
  /** Whether a position sees no later ones: false unless said. */
  readonly causal?: boolean
  /** Rotary positions: false unless said, true for the usual base of 10000. */
  readonly rope?: boolean | { readonly base: number }
  /** Scores that fall off with distance, each head at a rate of its own (Press et al. 2022), in place of positions: false unless said. */
  readonly alibi?: boolean
}

/** Keys and values of the positions seen so far, [batch, length, heads, size], and how many these are. */
export interface KvCache {
  readonly key: Tensor
  readonly value: Tensor
  /** int32, a scalar */
  readonly index: Tensor
}

/** Sequences token by token: what `apply` gives for the whole, without computing anything twice. */
export interface Decoding<P, I = Tensor, O = Tensor, C = KvCache> {
  /** An empty cache for sequences of up to `length`. */
  readonly startCache: (params: P, batch: number, length: number, options?: CacheOptions) => C
  /** The outputs for further positions x, and the cache with them; positions beyond its length give NaN. The state, which is null, may be left out. */
  step(params: P, state: null, cache: C, x: I, ctx?: Ctx): readonly [O, C]
  step(params: P, cache: C, x: I): readonly [O, C]
}

/** Steps of a decoder, whose inputs and outputs are records: without the state, only the tokens come out. */
export interface DecoderSteps<P, I> {
  /** An empty cache for sequences of up to `length`; with the `memory`, its keys and values are computed once. */
  readonly startCache: (params: P, batch: number, length: number, options?: CacheOptions) => Cache
  step(params: P, state: null, cache: Cache, x: I, ctx?: Ctx): readonly [I, Cache]
  step(params: P, cache: Cache, x: I): readonly [Tensor, Cache]
}

/** Steps that are called with the state or without it. */
export const stepsOfAttention = <P, I, O, C>(
  startCache: Decoding<P, I, O, C>['startCache'],
  step: (params: P, cache: C, x: I, ctx: Ctx) => readonly [O, C],
): Decoding<P, I, O, C> => ({
  startCache,
  step: (params: P, ...[a, b, c, ctx = evaluation]: readonly unknown[]) =>
    c === undefined ? step(params, a as C, b as I, evaluation) : step(params, b as C, c as I, ctx as Ctx),
})

/** Heads of a layer by name. @throws RangeError unless their numbers make sense */
export const checkHeads = (name: string, { heads, keyValueHeads = heads }: HeadOptions): void => {
  if (!Number.isInteger(heads) || heads < 1) {
    throw new RangeError(`${name}: the number of heads has to be a whole number ≥ 1.`)
  }
  if (!Number.isInteger(keyValueHeads) || keyValueHeads < 1 || heads % keyValueHeads !== 0) {
    throw new RangeError(`${name}: ${keyValueHeads} heads of keys and values have to divide the ${heads} heads.`)
  }
}

/**
 * The plan of all projections, for queries and for what keys and values are made of.
 * @throws ShapeError unless heads divide features
 */
export const planHeads = <B extends boolean>(
  name: string,
  options: HeadOptions<B>,
  features: number,
  source: { readonly key: number; readonly value: number },
): AttentionParams<OpenPlan<WithBias<DenseParams, B>>> => {
  const { heads, keyValueHeads = heads, rope: turned = false } = options
  const size = features / heads
  if (features % heads !== 0)
    refuse(name, `${heads} heads do not divide the ${features} features of the query.`, 'Take heads that do.')
  if (turned !== false && size % 2 !== 0)
    refuse(name, `rotary positions need heads of even size, and it is ${size}.`, 'Take fewer heads, or more features.')
  const narrow = size * keyValueHeads
  const project = (label: string, from: number, to: number): OpenPlan<WithBias<DenseParams, B>> =>
    under(label, planKernel([from, to], options))
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

/** What is added to the scores of queries and keys, if anything. */
const biasOf = (
  { heads, alibi = false }: HeadOptions,
  query: Tensor,
  key: Tensor,
  from: Tensor | number = 0,
): { readonly bias?: Tensor } =>
  alibi
    ? { bias: alibiBias(heads, query.shape[1] as number, key.shape[1] as number, { from }).astype(query.dtype) }
    : {}

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
    ...biasOf(options, q, k),
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
  const positions = positionsFrom(cache.index, time)
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
  const mixed = attend(q, next.key, next.value, { mask, ...biasOf(options, q, next.key, cache.index) }, true)
  const y = affine(`${name} out`, params.out, mixed.reshape(x.shape))
  return [np.where(next.index.gt(length), Number.NaN, y), next]
}

/** A sequence that attends to itself, and which of its keys count. */
export interface OwnInput {
  readonly x: Tensor
  /** [batch, time] */
  readonly mask?: Tensor
}

/** Attention of a sequence to itself, as part of a block. Its cache is that of its keys and values. */
export const ownHeads = <B extends boolean>(
  options: HeadOptions<B>,
): Layer<HeadParams<B>, null, OwnInput, Tensor> & Stepping<HeadParams<B>, null, OwnInput, Tensor, KvCache> => {
  const name = 'attention'
  const layer = stateless<HeadParams<B>, OwnInput, Tensor>(
    name,
    unlessRefused(({ x }) => {
      const features = x[1] as number
      return { params: planHeads(name, options, features, { key: features, value: features }), out: x }
    }),
    (params, { x, mask }) => attendHeads(name, options, params, { query: x, key: x, mask }),
  )
  const steps: Stepping<HeadParams<B>, null, OwnInput, Tensor, KvCache> = {
    startCache: (params, batch, length) => emptyCache(options, params, batch, length),
    step: (params, _, cache, { x }) => attendCache(name, options, params, cache, x),
  }
  const causal = options.causal === true ? steps : stepless(name, 'it sees later positions. Take causal: true.')
  return { ...layer, ...causal }
}

/** Keys and values of another sequence, [batch, time, heads, size], once they are known. */
export interface MemoryCache {
  readonly key: Tensor
  readonly value: Tensor
}

/** Attention of a sequence to another, as part of a block. Its cache holds the keys and values of a memory that was given. */
export const otherHeads = <B extends boolean>(
  options: HeadOptions<B>,
): Layer<HeadParams<B>, null, OtherInput, Tensor> &
  Stepping<HeadParams<B>, null, OtherInput, Tensor, MemoryCache | null> => {
  const name = 'cross'
  const { heads, keyValueHeads = heads } = options
  const layer = stateless<HeadParams<B>, OtherInput, Tensor>(
    name,
    unlessRefused(({ query, key }) => {
      const source = key[1] as number
      return { params: planHeads(name, options, query[1] as number, { key: source, value: source }), out: query }
    }),
    (params, input) => attendHeads(name, options, params, { ...input, mask: input.mask }),
  )
  const steps: Stepping<HeadParams<B>, null, OtherInput, Tensor, MemoryCache | null> = {
    startCache: (params, _batch, _length, { memory } = {}) =>
      memory === undefined
        ? null
        : {
            key: split(affine(`${name} key`, params.key, memory), keyValueHeads),
            value: split(affine(`${name} value`, params.value, memory), keyValueHeads),
          },
    step: (params, _, cache, input) => {
      if (cache === null) return [attendHeads(name, options, params, { ...input, mask: input.mask }), null]
      const { query, mask } = input
      const q = split(affine(`${name} query`, params.query, query), heads)
      const mixed = dotProductAttention(q, cache.key, cache.value, mask === undefined ? {} : { mask: ofHeads(mask) })
      return [affine(`${name} out`, params.out, mixed.reshape(query.shape)), cache]
    },
  }
  return { ...layer, ...steps }
}

/** A sequence, the one that it attends to, and which of that one's keys count. */
export interface OtherInput {
  readonly query: Tensor
  readonly key: Tensor
  /** [batch, keys] */
  readonly mask?: Tensor
}
