/** Dropout and its relatives: noise in training, nothing in evaluation. */
import { np, operation, RangeError, random, type Shape, type Tensor } from '@puregrad/core'
import { right } from 'fp-ts/lib/Either.js'
import { type Key, type Layer, stateless } from '../layer.js'
import { positionwise, type Stepping } from '../steps.js'

/** A layer without parameters that runs position by position, in training with noise of its own for each step. */
type Noise = Layer<null, null> & Stepping<null, null, Tensor, Tensor, null>

export interface DropoutOptions {
  /** Axes, counted with the batch as 0, along which whole slices fall together. */
  readonly broadcastDims?: readonly number[]
}

const probability = (name: string, rate: number): void => {
  if (rate >= 0 && rate <= 1) return
  throw new RangeError(`${name}: ${rate} is no probability. Pass the part that is dropped, such as 0.2.`)
}

/** A layer that changes its input in training only. */
const noise = (name: string, change: (x: Tensor, key: Key) => Tensor): Noise =>
  positionwise(
    stateless(
      name,
      (input) => right({ params: null, out: input }),
      (_, x, ctx) => (ctx.mode === 'eval' ? x : change(x, ctx.key)),
    ),
  )

/** Zeros with probability `rate`, in blocks of a shape that broadcasts to x; the rest is divided by 1 − rate. */
const drop = (x: Tensor, key: Key, rate: number, shape: Shape): Tensor => {
  if (rate === 0) return x
  if (rate === 1) return np.zerosLike(x)
  return np.where(random.bernoulli(key, 1 - rate, shape), x.div(1 - rate), 0)
}

/**
 * In training, sets each element to 0 with probability `rate` and divides the others by 1 − rate, so that means are kept
 * (Srivastava et al. 2014). In evaluation it does nothing.
 * @throws RangeError unless 0 ≤ rate ≤ 1
 * @example
 * dropout(0.5).apply(null, null, np.ones([4]), { mode: 'train', key: random.key(0) })[0] // [0, 0, 2, 2]
 */
export const dropout = operation(
  'dropout',
  { at: 1, numbers: ['rate'], names: ['broadcastDims'] },
  (rate: number, { broadcastDims = [] }: DropoutOptions = {}): Noise => {
    probability('dropout', rate)
    const isTogether = (i: number, rank: number): boolean =>
      broadcastDims.includes(i) || broadcastDims.includes(i - rank)
    return noise(`dropout(${rate})`, (x, key) =>
      drop(
        x,
        key,
        rate,
        x.shape.map((n, i) => (isTogether(i, x.ndim) ? 1 : n)),
      ),
    )
  },
)

/**
 * Dropout of whole channels of sequences, images and volumes, whose neighbours say too much alike (Tompson et al. 2015).
 * @throws RangeError unless 0 ≤ rate ≤ 1
 * @example spatialDropout(0.5).apply(null, null, np.ones([1, 8, 8, 3]), { mode: 'train', key: random.key(0) })[0].shape // [1, 8, 8, 3]
 */
export const spatialDropout = (rate: number): Noise => {
  probability('spatialDropout', rate)
  return noise(`spatialDropout(${rate})`, (x, key) =>
    drop(
      x,
      key,
      rate,
      x.shape.map((n, i) => (i === 0 || i === x.ndim - 1 ? n : 1)),
    ),
  )
}

/**
 * Stochastic depth (Huang et al. 2016): in training, sets a whole example to 0 with probability `rate` and divides the others
 * by 1 − rate. At the end of the branch of a `residual`, it leaves out the block.
 * @throws RangeError unless 0 ≤ rate ≤ 1
 * @example
 * const layer = residual(serial(dense(8), relu, stochasticDepth(0.1)))
 * const { params, state } = init(layer, [8], random.key(0))
 * layer.apply(params, state, np.ones([5, 8]), { mode: 'train', key: random.key(1) })[0].shape // [5, 8]
 */
export const stochasticDepth = (rate: number): Noise => {
  probability('stochasticDepth', rate)
  return noise(`stochasticDepth(${rate})`, (x, key) =>
    drop(
      x,
      key,
      rate,
      x.shape.map((n, i) => (i === 0 ? n : 1)),
    ),
  )
}

/**
 * In training, multiplies each element by a normal number of mean 1 and variance rate / (1 − rate): the mean and the variance
 * of dropout, without zeros (Srivastava et al. 2014, section 10).
 * @throws RangeError unless 0 ≤ rate < 1
 * @example gaussianDropout(0.5).apply(null, null, np.ones([4]), { mode: 'train', key: random.key(0) })[0].shape // [4]
 */
export const gaussianDropout = (rate: number): Noise => {
  probability('gaussianDropout', rate)
  if (rate === 1) throw new RangeError('gaussianDropout: a rate of 1 has infinite variance. Take a smaller one.')
  const deviation = Math.sqrt(rate / (1 - rate))
  return noise(`gaussianDropout(${rate})`, (x, key) => x.mul(normalLike(x, key).mul(deviation).add(1)))
}

const normalLike = (x: Tensor, key: Key): Tensor => random.normal(key, x.shape).astype(x.dtype)

/**
 * In training, adds normal numbers of mean 0.
 * @throws RangeError unless the standard deviation is ≥ 0
 * @example gaussianNoise(0.1).apply(null, null, np.ones([4]), { mode: 'train', key: random.key(0) })[0].shape // [4]
 */
export const gaussianNoise = (stddev: number): Noise => {
  if (!(stddev >= 0)) throw new RangeError(`gaussianNoise: ${stddev} is no standard deviation. Pass a number ≥ 0.`)
  return noise(`gaussianNoise(${stddev})`, (x, key) => x.add(normalLike(x, key).mul(stddev)))
}

// −scale · alpha of selu (Klambauer et al. 2017): what selu tends to for very negative numbers.
const seluLimit = -1.0507009873554805 * 1.6732632423543772

/**
 * Dropout for `selu` (Klambauer et al. 2017): in training, elements take selu's lower limit with probability `rate`, then an affine
 * map brings mean 0 and variance 1 back.
 * @throws RangeError unless 0 ≤ rate < 1
 * @example alphaDropout(0.1).apply(null, null, np.ones([4]), { mode: 'train', key: random.key(0) })[0].shape // [4]
 */
export const alphaDropout = (rate: number): Noise => {
  probability('alphaDropout', rate)
  if (rate === 1) throw new RangeError('alphaDropout: a rate of 1 leaves no variance to restore. Take a smaller one.')
  const scale = 1 / Math.sqrt((1 - rate) * (1 + rate * seluLimit ** 2))
  const shift = -scale * rate * seluLimit
  return noise(`alphaDropout(${rate})`, (x, key) =>
    np
      .where(random.bernoulli(key, 1 - rate, x.shape), x, seluLimit)
      .mul(scale)
      .add(shift),
  )
}
