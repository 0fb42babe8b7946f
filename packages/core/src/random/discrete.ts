/** Samples that are true or false, signs, categories and counts of trials. */

import { type DType, isFloat, isInteger } from '../dtype.js'
import { DTypeError, RangeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { add, div, mul, neg, sub } from '../primitives/arithmetic.js'
import { eq, lt } from '../primitives/compare.js'
import { convertElementType } from '../primitives/convert.js'
import { log, log1p } from '../primitives/exponential.js'
import { argmax } from '../primitives/reduction.js'
import { floor } from '../primitives/rounding.js'
import { select } from '../primitives/select.js'
import { broadcastTo, reshape, transpose } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { topK } from '../primitives/sort.js'
import { print } from '../print.js'
import { canonicalAxis, checkShape, range, type Shape, sizeOf, withoutAxes } from '../shape.js'
import { show } from '../show.js'
import { type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { type FloatDType, sampleShape } from './arguments.js'
import { type GumbelMode, gumbelNoise } from './gumbel.js'
import { checkKey, type Key } from './key.js'
import { sampler } from './rows.js'
import { unitInterval } from './uniform.js'

export interface BernoulliOptions {
  /** 'low' compares with 23 random bits (52 in float64), 'high' with twice as many, for tiny probabilities. */
  readonly mode?: 'low' | 'high'
}

const coin = sampler((from, shape, dtype, threshold) => lt(unitInterval(from, shape, dtype), threshold as Tensor))

/**
 * `true` with probability p.
 * @param p a number, or a float tensor that broadcasts to the shape; ½ unless said
 * @returns bool of this shape, or of p's
 * @throws DTypeError if p is no float or the key no key, ShapeError, RangeError for unknown modes
 * @example random.bernoulli(random.key(0), 1, [3]).toArray() // [true, true, true]
 */
export const bernoulli = operation(
  'random.bernoulli',
  { at: 3, names: ['mode'] },
  (key: Key, p: TensorLike = 0.5, shape?: Shape | null, { mode = 'low' }: BernoulliOptions = {}): Tensor => {
    checkKey('random.bernoulli', key)
    const probability = toTensor(p)
    if (!isFloat(probability.dtype)) {
      throw new DTypeError(
        `random.bernoulli: the probability is ${print(probability, true)}; it has to be float32 or float64.`,
      )
    }
    const dtype = probability.dtype as FloatDType
    const size = sampleShape('random.bernoulli', shape, probability)
    if (mode === 'low') return coin(key, size, dtype, probability)
    if (mode !== 'high') throw new RangeError(`random.bernoulli: mode ${show(mode)} is neither 'low' nor 'high'.`)
    const both = unitInterval(key, [2, ...size], dtype)
    const [first, second] = [0, 1].map((i) => reshape(sliceAxis(both, 0, i, i + 1), size)) as [Tensor, Tensor]
    return lt(mul(second, dtype === 'float32' ? 2 ** -23 : 2 ** -52), sub(broadcastTo(probability, size), first))
  },
)

export interface RademacherOptions {
  /** int32 unless said. */
  readonly dtype?: DType
}

/**
 * −1 or 1, equally likely.
 * @throws DTypeError, ShapeError
 * @example random.rademacher(random.key(0), [2]).dtype // 'int32'
 */
export const rademacher = operation(
  'random.rademacher',
  { at: 2, names: ['dtype'] },
  (key: Key, shape: Shape = [], { dtype = 'int32' }: RademacherOptions = {}): Tensor => {
    checkKey('random.rademacher', key)
    checkShape('random.rademacher', shape)
    const heads = convertElementType(bernoulli(key, 0.5, shape), 'int32')
    return convertElementType(sub(mul(heads, 2), 1), dtype)
  },
)

export interface CategoricalOptions {
  /** The axis of the categories; the last unless said. */
  readonly axis?: number
  /** The shape of the result, which ends in that of the logits without their axis (or what that broadcasts to). */
  readonly shape?: Shape | null
  /** Whether draws along the leading axes of `shape` can repeat a category; true unless said. */
  readonly replace?: boolean
  readonly mode?: GumbelMode
}

/**
 * Categories with probabilities softmax(logits), as the argmax of logits with Gumbel noise.
 * @param logits unnormalised log-probabilities
 * @returns int32 without the axis of the categories
 * @throws ShapeError if the shape does not fit, RangeError for more draws without replacement than categories
 * @example random.categorical(random.key(0), np.log(np.array([0, 1]))).item() // 1
 */
export const categorical = operation(
  'random.categorical',
  { at: 2, names: ['axis', 'shape', 'replace', 'mode'] },
  (key: Key, logits: Tensor, options: CategoricalOptions = {}): Tensor => {
    checkKey('random.categorical', key)
    const { shape, replace = true, mode = 'low' } = options
    const scores = isFloat(logits.dtype) ? logits : convertElementType(logits, 'float32')
    const axis = canonicalAxis('random.categorical', options.axis ?? -1, scores.ndim)
    const batch = withoutAxes(scores.sizes, [axis])
    const size = shape ?? batch
    sampleShape('random.categorical', size, batch.length === 0 ? 0 : sliceOff(scores, axis))
    const dtype = scores.dtype as FloatDType
    const n = scores.sizes[axis] as number
    const prefix = size.slice(0, size.length - batch.length)
    if (replace) {
      const own = size.slice(prefix.length)
      const full = [...prefix, ...own.slice(0, axis), n, ...own.slice(axis)]
      return argmax(add(gumbelNoise(key, full, dtype, mode), broadcastTo(scores, full)), prefix.length + axis)
    }
    const draws = sizeOf(prefix)
    if (draws > n) {
      throw new RangeError(
        `random.categorical: ${draws} draws without replacement from ${n} categories. Draw fewer, or set replace to true.`,
      )
    }
    const noisy = add(gumbelNoise(key, scores.sizes, dtype, mode), scores)
    const last = transpose(noisy, [...range(scores.ndim).filter((a) => a !== axis), axis])
    const best = topK(last, draws)[1]
    const front = transpose(best, [batch.length, ...range(batch.length)])
    const result = [...prefix, ...batch]
    if (size.some((m, i) => m !== result[i])) {
      throw new ShapeError(
        `random.categorical: without replacement the shape has to end in [${batch.join(',')}], that of the logits.`,
      )
    }
    return reshape(front, result)
  },
)

const sliceOff = (x: Tensor, axis: number): Tensor => reshape(sliceAxis(x, axis, 0, 1), withoutAxes(x.sizes, [axis]))

export interface IntegerOptions {
  /** int32 unless said. */
  readonly dtype?: DType
}

/**
 * The number of trials up to the first success, which has probability p: 1, 2, 3 …
 * @throws DTypeError, ShapeError
 * @example random.geometric(random.key(0), 1).item() // 1
 */
export const geometric = operation(
  'random.geometric',
  { at: 3, names: ['dtype'] },
  (key: Key, p: TensorLike, shape?: Shape | null, { dtype = 'int32' }: IntegerOptions = {}): Tensor => {
    checkKey('random.geometric', key)
    if (!isInteger(dtype))
      throw new DTypeError(
        `random.geometric: counts are integers, not ${dtype}. Convert the samples with x.astype('${dtype}').`,
      )
    const given = toTensor(p)
    const probability = isFloat(given.dtype) ? given : convertElementType(given, 'float32')
    const size = sampleShape('random.geometric', shape, probability)
    const u = unitInterval(key, size, probability.dtype as FloatDType)
    const failure = broadcastTo(log1p(neg(probability)), size)
    return convertElementType(add(floor(div(log(select(eq(u, 0), 1, u)), failure)), 1), dtype)
  },
)
