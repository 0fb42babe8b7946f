/** Scaled dot-product attention. */
import { np, operation, ShapeError, type Tensor } from '@puregrad/core'
import { softmax } from './softmax.js'

export interface AttentionOptions {
  /** Added to the scores; broadcasts to [batch, heads, queries, keys]. Where it is −∞, a query does not see a key. */
  readonly bias?: Tensor
  /** Which keys each query may see; broadcasts to [batch, heads, queries, keys]. */
  readonly mask?: Tensor
  /** 1 / √(size of a head) unless said. */
  readonly scale?: number
  /** Queries see no later keys. */
  readonly isCausal?: boolean
  /** How many queries of each example there are: [batch]; those beyond give 0. */
  readonly querySeqLengths?: Tensor
  /** How many keys of each example there are: [batch]. */
  readonly keyValueSeqLengths?: Tensor
  /** How many keys before and after its own position a query sees: one number for both, or a pair. */
  readonly localWindowSize?: number | readonly [before: number, after: number]
}

const positions = (n: number, shape: readonly number[]): Tensor => np.arange(n).astype('int32').reshape(shape)

/** All conditions on who sees whom; null if there is none. Shapes broadcast to [batch, heads, queries, keys]. */
const visible = (queries: number, keys: number, options: AttentionOptions): Tensor | null => {
  const { mask, bias, isCausal = false, querySeqLengths, keyValueSeqLengths, localWindowSize } = options
  const q = positions(queries, [1, 1, queries, 1])
  const k = positions(keys, [1, 1, 1, keys])
  const conditions: Tensor[] = mask === undefined ? [] : [mask.astype('bool')]
  if (bias !== undefined) conditions.push(bias.ne(Number.NEGATIVE_INFINITY))
  if (isCausal) conditions.push(k.le(q))
  if (localWindowSize !== undefined) {
    const [before, after] = typeof localWindowSize === 'number' ? [localWindowSize, localWindowSize] : localWindowSize
    conditions.push(k.ge(q.sub(before)), k.le(q.add(after)))
  }
  if (querySeqLengths !== undefined) conditions.push(q.lt(querySeqLengths.reshape([-1, 1, 1, 1])))
  if (keyValueSeqLengths !== undefined) conditions.push(k.lt(keyValueSeqLengths.reshape([-1, 1, 1, 1])))
  return conditions.length === 0 ? null : conditions.reduce((a, b) => np.logicalAnd(a, b))
}

const check = (query: Tensor, key: Tensor, value: Tensor, name = 'dotProductAttention'): void => {
  const show = `query ${query.dtype}[${query.shape}], key ${key.dtype}[${key.shape}], value ${value.dtype}[${value.shape}]`
  const fail = (why: string): never => {
    throw new ShapeError(`${name}: ${show}: ${why}`)
  }
  if (query.ndim !== key.ndim || key.ndim !== value.ndim || (query.ndim !== 3 && query.ndim !== 4)) {
    fail(
      'all are [batch, time, heads, size], or [time, heads, size]. Split heads with x.reshape([batch, time, heads, -1]).',
    )
  }
  const [heads, keyHeads] = [query.shape[query.ndim - 2] as number, key.shape[key.ndim - 2] as number]
  if (query.shape[query.ndim - 1] !== key.shape[key.ndim - 1]) fail('query and key differ in the size of a head.')
  if (key.shape[key.ndim - 3] !== value.shape[value.ndim - 3]) fail('key and value differ in time.')
  if (keyHeads !== value.shape[value.ndim - 2] || keyHeads === 0 || heads % keyHeads !== 0) {
    fail('key and value need as many heads as the query, or a divisor of that.')
  }
}

/**
 * Which queries see any key, [.., queries, 1], and which keys any query sees, [.., keys, 1]. The others are left out before
 * products, in which 0 · NaN would be NaN.
 */
const participants = (see: Tensor): { readonly queriesSee: Tensor; readonly keysSeen: Tensor } => ({
  queriesSee: np.any(see, { axis: 3, keepdims: true }),
  keysSeen: np.swapaxes(np.any(see, { axis: 2, keepdims: true }), 2, 3),
})

/**
 * softmax(query · keyᵀ · scale + bias) · value for every head. Keys and values may have fewer heads, each shared by a group.
 * A query that sees no key gives 0 and has derivative 0; keys and values that no query sees may be anything, NaN too. What some
 * query sees has to be finite, as in JAX: a NaN there takes part in products with weight 0 too.
 * @param query [batch, queries, heads, size], or without batch
 * @param key [batch, keys, heads, size]  @param value [batch, keys, heads, value size]
 * @returns [batch, queries, heads, value size]
 * @throws ShapeError if shapes do not fit
 * @example
 * const x = np.ones([2, 8, 4, 16])
 * dotProductAttention(x, x, x, { isCausal: true }).shape // [2, 8, 4, 16]
 */
export const dotProductAttention = operation(
  'dotProductAttention',
  { at: 3, names: ['bias', 'mask', 'scale', 'isCausal', 'querySeqLengths', 'keyValueSeqLengths', 'localWindowSize'] },
  (query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}): Tensor => {
    check(query, key, value)
    const { isCausal, scale, ...others } = options
    const isComplete =
      Object.keys(others).length === 0 && (key.shape[key.ndim - 3] as number) <= (query.shape[query.ndim - 3] as number)
    if (query.ndim === 4) return attend(query, key, value, options, isComplete)
    const [q, k, v] = [query, key, value].map((x) => np.expandDims(x, 0)) as [Tensor, Tensor, Tensor]
    return np.squeeze(attend(q, k, v, options, isComplete), 0)
  },
)

/**
 * What `dotProductAttention` mixes values by: softmax(query · keyᵀ · scale + bias) for every head; 0 for a query that sees no key.
 * @param query [batch, queries, heads, size], or without batch  @param key [batch, keys, heads, size]
 * @returns [batch, heads, queries, keys], or without batch
 * @throws ShapeError if shapes do not fit
 * @example
 * const x = np.ones([2, 8, 4, 16])
 * attentionWeights(x, x, { isCausal: true }).shape // [2, 4, 8, 8]
 */
export const attentionWeights = operation(
  'attentionWeights',
  { at: 2, names: ['bias', 'mask', 'scale', 'isCausal', 'querySeqLengths', 'keyValueSeqLengths', 'localWindowSize'] },
  (query: Tensor, key: Tensor, options: AttentionOptions = {}): Tensor => {
    check(query, key, key, 'attentionWeights')
    if (query.ndim === 4) return weigh(query, key, options)
    return np.squeeze(weigh(np.expandDims(query, 0), np.expandDims(key, 0), options), 0)
  },
)

const weigh = (query: Tensor, key: Tensor, options: AttentionOptions): Tensor => {
  const [, queries, heads, size] = query.shape as unknown as readonly [number, number, number, number]
  const see = visible(queries, key.shape[1] as number, options)
  const shared = np.repeat(key, heads / (key.shape[2] as number), { axis: 2 })
  const scale = options.scale ?? 1 / Math.sqrt(size)
  const scores = np.matmul(query.transpose([0, 2, 1, 3]), shared.transpose([0, 2, 3, 1])).mul(scale)
  const biased = options.bias === undefined ? scores : scores.add(options.bias)
  return see === null ? softmax(biased) : np.where(see, softmax(np.where(see, biased, lowest(biased))), 0)
}

/**
 * `dotProductAttention` of four axes. `isComplete` says that every query sees a key and every key is seen, or holds numbers.
 */
export const attend = (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions,
  isComplete: boolean,
): Tensor => {
  const [, queries, heads, size] = query.shape as unknown as readonly [number, number, number, number]
  const group = heads / (key.shape[2] as number)
  const shared = (x: Tensor): Tensor => (group === 1 ? x : np.repeat(x, group, { axis: 2 }))
  const [q, k, v] = [query, shared(key), shared(value)].map((x) => x.transpose([0, 2, 1, 3])) as [
    Tensor,
    Tensor,
    Tensor,
  ]
  const see = visible(queries, key.shape[1] as number, options)
  const scale = options.scale ?? 1 / Math.sqrt(size)
  const mix = (scores: Tensor, values: Tensor): Tensor => np.matmul(softmax(scores), values)
  const score = (a: Tensor, b: Tensor): Tensor => np.matmul(a, b.transpose([0, 1, 3, 2])).mul(scale)
  const { bias } = options
  const biased = (scores: Tensor): Tensor => (bias === undefined ? scores : scores.add(bias))
  if (see === null) return mix(biased(score(q, k)), v).transpose([0, 2, 1, 3])
  if (isComplete) {
    const scores = biased(score(q, k))
    return mix(np.where(see, scores, lowest(scores)), v).transpose([0, 2, 1, 3])
  }
  const rank = Array.from({ length: 4 - see.ndim }, (_, i) => i)
  const { queriesSee, keysSeen } = participants(np.expandDims(see, rank))
  const taking = (x: Tensor, part: Tensor): Tensor => np.where(part, x, 0)
  const scores = biased(score(taking(q, queriesSee), taking(k, keysSeen)))
  const mixed = mix(np.where(see, scores, lowest(scores)), taking(v, keysSeen))
  return taking(mixed, queriesSee).transpose([0, 2, 1, 3])
}

/** A score that loses against every other and is finite, as its derivatives have to be: 0.7 times the lowest float. */
export const lowest = (x: Tensor): number => -0.7 * (x.dtype === 'float64' ? Number.MAX_VALUE : 3.4028234663852886e38)
