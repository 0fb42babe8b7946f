/** Attention that falls off with distance. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'

/** 2^(−8 i / heads) for i = 1 … heads, a power of two of them. */
const powers = (heads: number): readonly number[] =>
  Array.from({ length: heads }, (_, i) => 2 ** ((-8 * (i + 1)) / heads))

/**
 * How fast attention falls with distance in each head (Press et al. 2022): 2^(−8 i / heads). Where heads are no power of two, those
 * of the next lower one, then every second one of the next higher.
 * @returns float32 [heads]
 * @throws RangeError unless heads is a whole number ≥ 1
 * @example alibiSlopes(4) // [0.25, 0.0625, 0.015625, 0.00390625]
 */
export const alibiSlopes = operation('alibiSlopes', { numbers: ['heads'] }, (heads: number): Tensor => {
  if (!Number.isInteger(heads) || heads < 1)
    throw new RangeError(`alibiSlopes: the number of heads is ${heads}, and has to be a whole number ≥ 1.`)
  const lower = 2 ** Math.floor(Math.log2(heads))
  const between = powers(2 * lower).filter((_, i) => i % 2 === 0)
  return np.array([...powers(lower), ...between].slice(0, heads), { dtype: 'float32' })
})

export interface AlibiOptions {
  /** The position of the first query, which the keys before it have seen already: 0 unless given. */
  readonly from?: Tensor | number
}

/**
 * What is added to scores: −slope · distance, for every head, query and key. Keys behind a query are as far as those before it.
 * @returns float32 [1, heads, queries, keys]
 * @throws RangeError unless heads is a whole number ≥ 1
 * @example alibiBias(1, 2, 3).reshape([2, 3]) // [[0, -0.00390625, -0.0078125], [-0.00390625, 0, -0.00390625]]
 */
export const alibiBias = operation(
  'alibiBias',
  { at: 3, numbers: ['heads', 'queries', 'keys'], names: ['from'] },
  (heads: number, queries: number, keys: number, { from = 0 }: AlibiOptions = {}): Tensor => {
    const at = np.arange(queries).astype('int32').add(from).reshape([queries, 1])
    const distance = np.abs(at.sub(np.arange(keys).astype('int32').reshape([1, keys]))).astype('float32')
    return alibiSlopes(heads).reshape([1, heads, 1, 1]).mul(distance.neg())
  },
)
