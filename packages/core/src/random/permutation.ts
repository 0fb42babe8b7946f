/** Shuffling and drawing elements. */

import { isFloat } from '../dtype.js'
import { RangeError, ShapeError } from '../errors.js'
import { searchsorted } from '../numpy/searching.js'
import { operation } from '../operation.js'
import { add, mul, sub } from '../primitives/arithmetic.js'
import { convertElementType } from '../primitives/convert.js'
import { cumsum } from '../primitives/cumulative.js'
import { log } from '../primitives/exponential.js'
import { gatherSlices } from '../primitives/gather.js'
import { iota } from '../primitives/iota.js'
import { broadcastInDim, reshape, transpose } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { sortKeyVal, topK } from '../primitives/sort.js'
import { print } from '../print.js'
import { canonicalAxis, checkShape, range, type Shape, showShape, sizeOf } from '../shape.js'
import { show } from '../show.js'
import { uniform as constant, Tensor } from '../tensor.js'
import { words } from './bits.js'
import { type GumbelMode, gumbelNoise } from './gumbel.js'
import { checkKey, type Key, pair } from './key.js'
import { randint } from './randint.js'
import { unitInterval } from './uniform.js'

/** Rounds of sorting by 32-bit keys after which equal keys no longer bias the result noticeably. */
const rounds = (size: number): number => Math.ceil((3 * Math.log(Math.max(1, size))) / Math.log(2 ** 32 - 1))

const shuffle = (key: Key, x: Tensor, axis: number): Tensor => {
  let [state, shuffled] = [key, x]
  for (let round = 0; round < rounds(x.size); round++) {
    const [next, now] = pair(state)
    shuffled = sortKeyVal(words(now, x.sizes), shuffled, { dimension: axis })[1]
    state = next
  }
  return shuffled
}

/** `x` at int32 positions along an axis, whose place the axes of the positions take. */
const takeAlong = (x: Tensor, positions: Tensor, axis: number): Tensor => {
  const taken = gatherSlices(x, reshape(positions, [...positions.sizes, 1]), {
    sliceSizes: x.sizes.map((n, i) => (i === axis ? 1 : n)),
    collapsed: [axis],
    startIndexMap: [axis],
    mode: 'clip',
  })
  const own = positions.ndim
  const before = range(axis, own)
  return transpose(taken, [...before, ...range(own), ...range(x.ndim - axis - 1, own + axis)])
}

/** How many elements a whole number or an axis of a tensor stands for. */
const countOf = (operation: string, x: number | Tensor, axis: number): number => {
  if (x instanceof Tensor) return x.sizes[canonicalAxis(operation, axis, x.ndim)] as number
  if (Number.isInteger(x) && x >= 0) return x
  throw new RangeError(
    `${operation}: ${show(x)} is no number of elements. Pass a whole number ≥ 0 for 0 … n − 1, or a tensor.`,
  )
}

export interface PermutationOptions {
  /** The axis to shuffle along; the first unless said. */
  readonly axis?: number
  /** Shuffles every line along the axis in its own way, instead of moving whole slices. */
  readonly independent?: boolean
}

/**
 * A random order of the slices of `x` along an axis, or of 0 … x − 1 if `x` is a number.
 * @throws ShapeError, DTypeError if the key is no key; RangeError if the axis is outside
 * @example [...random.permutation(random.key(0), 4).data()].sort() // [0, 1, 2, 3]
 */
export const permutation = operation(
  'random.permutation',
  { at: 2, names: ['axis', 'independent'] },
  (key: Key, x: number | Tensor, { axis = 0, independent = false }: PermutationOptions = {}): Tensor => {
    checkKey('random.permutation', key)
    const n = countOf('random.permutation', x, axis)
    if (!(x instanceof Tensor)) return shuffle(key, iota('int32', n), 0)
    const along = canonicalAxis('random.permutation', axis, x.ndim)
    if (independent || x.ndim === 1) return shuffle(key, x, along)
    return takeAlong(x, shuffle(key, iota('int32', n), 0), along)
  },
)

export interface ChoiceOptions {
  /** The shape of the draws; one draw unless said. */
  readonly shape?: Shape
  /** Whether an element can be drawn twice; true unless said. */
  readonly replace?: boolean
  /** The probability of each element; equal ones unless said. */
  readonly p?: Tensor
  /** The axis of `a` whose slices are drawn; the first unless said. */
  readonly axis?: number
  /** How finely draws without replacement with `p` resolve probabilities: 'high' also below 2⁻²³. */
  readonly mode?: GumbelMode
}

/** Positions of n weighted elements. */
const weighted = (key: Key, n: number, options: ChoiceOptions, p: Tensor): Tensor => {
  const { shape = [], replace = true, mode = 'low' } = options
  if (p.ndim !== 1 || p.size !== n) {
    throw new ShapeError(
      `random.choice: the probabilities are ${print(p, true)}, and there are ${n} elements; they need the shape [${n}].`,
    )
  }
  const weights = isFloat(p.dtype) ? p : convertElementType(p, 'float32')
  const dtype = weights.dtype as 'float32' | 'float64'
  if (!replace) {
    const scores = add(gumbelNoise(key, [n], dtype, mode), log(weights))
    return reshape(topK(scores, sizeOf(shape))[1], shape)
  }
  const sums = cumsum(weights, { axis: 0 })
  const total = broadcastInDim(reshape(sliceAxis(sums, 0, n - 1, n), []), shape, [])
  // The position that inverts the distribution function, by bisection.
  return searchsorted(sums, mul(total, sub(1, unitInterval(key, shape, dtype))))
}

/**
 * Random elements of `a` along an axis, or random numbers from 0 to a − 1 if `a` is a number.
 * @returns `a` with its axis replaced by the shape of the draws
 * @throws RangeError for more draws without replacement than elements, ShapeError if `p` does not fit
 * @example random.choice(random.key(0), 5, { shape: [3], replace: false }).shape // [3]
 */
export const choice = operation(
  'random.choice',
  { at: 2, names: ['shape', 'replace', 'p', 'axis', 'mode'] },
  (key: Key, a: number | Tensor, options: ChoiceOptions = {}): Tensor => {
    checkKey('random.choice', key)
    const { shape = [], replace = true, axis = 0, p } = options
    checkShape('random.choice', shape)
    const n = countOf('random.choice', a, axis)
    const draws = sizeOf(shape)
    const along = a instanceof Tensor ? canonicalAxis('random.choice', axis, a.ndim) : 0
    const result = a instanceof Tensor ? [...a.sizes.slice(0, along), ...shape, ...a.sizes.slice(along + 1)] : shape
    if (draws === 0)
      return constant(0, { shape: result, dtype: a instanceof Tensor ? a.dtype : 'int32', weakType: false })
    if (n === 0) throw new RangeError(`random.choice: there is nothing to draw ${showShape(shape)} elements from.`)
    if (!replace && draws > n) {
      throw new RangeError(
        `random.choice: ${draws} draws without replacement from ${n} elements. Draw fewer, or set replace to true.`,
      )
    }
    if (p === undefined && !replace) {
      return reshape(sliceAxis(permutation(key, a, { axis }), along, 0, draws), result)
    }
    const positions = p === undefined ? randint(key, shape, 0, n) : weighted(key, n, options, p)
    return a instanceof Tensor ? takeAlong(a, positions, along) : positions
  },
)
