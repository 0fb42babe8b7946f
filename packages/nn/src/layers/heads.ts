/** What all layers of multi-head attention share: projections, heads, positions and the cache of keys and values. */
import { lax, np, RangeError, type Tensor } from '@puregrad/core'
import { statelessBlock } from '../combinators/block.js'
import { alibiBias } from '../functions/alibi.js'
import { attend, attentionWeights, dotProductAttention } from '../functions/attention.js'
import { rope } from '../functions/positions.js'
import type { Initializer } from '../initializers/initializer.js'
import type { Ctx, Layer } from '../layer.js'
import { recordWeights } from '../recording.js'
import { refuse } from '../refusal.js'
import { type Cache, type CacheOptions, evaluation, positionsFrom, type Stepping, stepless } from '../steps.js'
import { type Affine, affine, type DenseParams, type KernelOptions, projection, type WithBias } from './dense.js'

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
  /** Of kernels at the end of branches, which residual connections add up: `kernelInit` unless said. GPT-2 starts them smaller. */
  readonly outInit?: Initializer
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

/** How large a head is. @throws ShapeError unless heads divide the features of the query, and can be turned if they are */
const sizeOfHead = (name: string, { heads, rope: turned = false }: HeadOptions, features: number): number => {
  const size = features / heads
  if (features % heads !== 0)
    refuse(name, `${heads} heads do not divide the ${features} features of the query.`, 'Take heads that do.')
  if (turned !== false && size % 2 !== 0)
    refuse(name, `rotary positions need heads of even size, and it is ${size}.`, 'Take fewer heads, or more features.')
  return size
}

/** How the kernel at the end of a branch starts. */
export const ending = <B extends boolean, O extends HeadOptions<B>>(options: O): O =>
  options.outInit === undefined ? options : { ...options, kernelInit: options.outInit }

/** The projections of attention, each of the first of its inputs; how wide they are, the second says, which is the query. */
const projections = <B extends boolean>(name: string, options: HeadOptions<B>): Projections<B> => {
  const { heads, keyValueHeads = heads } = options
  const project = (role: keyof AttentionParams, share: number, starts: KernelOptions<B> = options): Projection<B> =>
    projection<B>(([, query]) => (query?.at(-1) as number) * share, starts, `${name} ${role}`)
  const narrow = keyValueHeads / heads
  return {
    query: project('query', 1),
    key: project('key', narrow),
    value: project('value', narrow),
    out: project('out', 1, ending(options)),
  }
}

type Projection<B extends boolean> = ReturnType<typeof projection<B>>

type Projections<B extends boolean> = { readonly [K in keyof AttentionParams]: Projection<B> }

/** Projections as functions: children of a block, or what parameters say. */
type Projecting = AttentionParams<(inputs: readonly Tensor[]) => Tensor>

const projecting = (name: string, params: AttentionParams<Affine>): Projecting => {
  const of =
    (role: keyof AttentionParams) =>
    ([x]: readonly Tensor[]): Tensor =>
      affine(`${name} ${role}`, params[role], x as Tensor)
  return { query: of('query'), key: of('key'), value: of('value'), out: of('out') }
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

/** What attends to what, [batch, time, features] each. */
interface Attending {
  readonly query: Tensor
  readonly key: Tensor
  readonly value?: Tensor | undefined
  readonly mask?: Tensor | undefined
}

/** Attention of `query` to `key` and `value`. */
const attendHeads = (
  name: string,
  options: HeadOptions,
  run: Projecting,
  { query, key, value = key, mask }: Attending,
  ctx: Ctx,
): Tensor => {
  const { heads, keyValueHeads = heads, causal = false } = options
  sizeOfHead(name, options, query.shape.at(-1) as number)
  const q = turn(split(run.query([query, query]), heads), options)
  // Keys that nothing sees may be anything, NaN too: gradients of kernels would multiply it by 0.
  const taking = (x: Tensor): Tensor => (mask === undefined ? x : np.where(keysSeen(mask), x, 0))
  const k = turn(split(run.key([taking(key), query]), keyValueHeads), options)
  const v = split(run.value([taking(value), query]), keyValueHeads)
  const how = {
    isCausal: causal,
    ...biasOf(options, q, k),
    ...(mask === undefined ? {} : { mask: ofHeads(mask) }),
  }
  recordWeights(ctx, () => attentionWeights(q, k, how))
  const mixed = dotProductAttention(q, k, v, how)
  return run.out([mixed.reshape(query.shape), query])
}

/** An empty cache of keys and values, in the dtype of the parameters. */
const emptyCache = (
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
const attendCache = (options: HeadOptions, run: Projecting, cache: KvCache, x: Tensor): readonly [Tensor, KvCache] => {
  const { heads, keyValueHeads = heads } = options
  const [time, length] = [x.shape[1] as number, cache.key.shape[1] as number]
  const positions = positionsFrom(cache.index, time)
  const q = turn(split(run.query([x]), heads), options, positions)
  const k = turn(split(run.key([x]), keyValueHeads), options, positions)
  const v = split(run.value([x]), keyValueHeads)
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
  const y = run.out([mixed.reshape(x.shape)])
  return [np.where(next.index.gt(length), Number.NaN, y), next]
}

/** A sequence that attends to itself, and which of its keys count. */
export interface OwnInput {
  readonly x: Tensor
  /** [batch, time] */
  readonly mask?: Tensor
}

/**
 * Attention of a sequence to itself, alone and as part of blocks. Its cache is that of its keys and values.
 * @param read where in the input the sequence is
 */
export const ownHeads = <B extends boolean, I>(
  name: string,
  options: HeadOptions<B>,
  read: (input: I) => OwnInput,
): Layer<HeadParams<B>, null, I> & Stepping<HeadParams<B>, null, I, Tensor, KvCache> => {
  const layer = statelessBlock(name, projections(name, options), (run, input: I, ctx) => {
    const { x, mask } = read(input)
    return attendHeads(name, options, run, { query: x, key: x, mask }, ctx)
  })
  const steps: Stepping<HeadParams<B>, null, I, Tensor, KvCache> = {
    startCache: (params, batch, length) => emptyCache(options, params, batch, length),
    step: (params, _, cache, input) => attendCache(options, projecting(name, params), cache, read(input).x),
  }
  const causal = options.causal === true ? steps : stepless(name, 'it sees later positions. Take causal: true.')
  return { ...layer, ...causal }
}

/** What attention from one sequence to another takes, [batch, time, features] each. */
export interface AttentionInput {
  readonly query: Tensor
  readonly key: Tensor
  /** The key unless given. */
  readonly value?: Tensor
  /** Which keys count, [batch, keys], or for which queries, [batch, queries, keys] or [batch, heads, queries, keys]. */
  readonly mask?: Tensor
}

/** Keys and values of another sequence, [batch, time, heads, size], once they are known, and which of them count. */
export interface MemoryCache {
  readonly key: Tensor
  readonly value: Tensor
  /** [batch, time] */
  readonly mask?: Tensor
}

/** Attention of a sequence to another, alone and as part of blocks. Its cache holds the keys and values of a memory that was given. */
export const otherHeads = <B extends boolean>(
  name: string,
  options: HeadOptions<B>,
): Layer<HeadParams<B>, null, AttentionInput> &
  Stepping<HeadParams<B>, null, AttentionInput, Tensor, MemoryCache | null> => {
  const { heads, keyValueHeads = heads, causal = false, rope: turned = false, alibi = false } = options
  const layer = statelessBlock(name, projections(name, options), (run, input: AttentionInput, ctx) =>
    attendHeads(name, options, run, input, ctx),
  )
  if (causal || alibi || turned !== false)
    return { ...layer, ...stepless(name, 'queries of one step do not know where they stand. Take selfAttention.') }
  // Every query looks for itself: of those before it, nothing has to be remembered.
  const steps: Stepping<HeadParams<B>, null, AttentionInput, Tensor, MemoryCache | null> = {
    startCache: (params, _batch, _length, { memory, memoryMask: mask } = {}) => {
      if (memory === undefined) return null
      const run = projecting(name, params)
      const heard = mask === undefined ? memory : np.where(np.expandDims(mask.astype('bool'), 2), memory, 0)
      const [key, value] = [split(run.key([heard]), keyValueHeads), split(run.value([heard]), keyValueHeads)]
      return mask === undefined ? { key, value } : { key, value, mask }
    },
    step: (params, _, cache, input, ctx = evaluation) => {
      const run = projecting(name, params)
      if (cache === null) return [attendHeads(name, options, run, input, ctx), null]
      const { query, mask = cache.mask } = input
      const q = split(run.query([query]), heads)
      const see = mask === undefined ? {} : { mask: ofHeads(mask) }
      const mixed = dotProductAttention(q, cache.key, cache.value, see)
      return [run.out([mixed.reshape(query.shape)]), cache]
    },
  }
  return { ...layer, ...steps }
}
