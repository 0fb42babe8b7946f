/** What samples are made from once a generator has learnt: noise cut short, and statistics that fit it. */
import { np, operation, RangeError, random, ShapeError, type Tensor, tree } from '@puregrad/core'
import type { Key, Layer, Variables } from '@puregrad/nn'

/**
 * The truncation trick: normal noise whose elements beyond the threshold are drawn again (Brock et al. 2019, section 3.1). Less noise
 * gives better images of fewer kinds; an infinite threshold gives all of them.
 * @param shape [count, latent]
 * @throws RangeError unless the threshold is above 0
 * @example
 * const z = truncatedNoise(random.key(0), [100, 8], 0.5)
 * np.max(np.abs(z)).item() <= 0.5 // true
 */
export const truncatedNoise = operation(
  'truncatedNoise',
  {},
  (key: Key, shape: readonly number[], threshold: number): Tensor => {
    if (!(threshold > 0))
      throw new RangeError(`truncatedNoise: the threshold is ${threshold}, and has to be above 0, such as 0.5.`)
    return threshold === Number.POSITIVE_INFINITY
      ? random.normal(key, shape)
      : random.truncatedNormal(key, -threshold, threshold, shape)
  },
)

/** Whether a leaf of a state is a running statistic, as `batchNorm` names them. */
const isStatistic = (path: readonly (string | number)[]): boolean => path.at(-1) === 'mean' || path.at(-1) === 'var'

/**
 * Standing statistics: a generator's state in which means and variances of its batch normalisation are plain averages over batches of
 * what it is to make images from, such as truncated noise, in place of running ones (Brock et al. 2019, appendix C). Whatever else the
 * state holds stays.
 * @param inputs one batch after another, of what the layer takes
 * @throws ShapeError without any
 * @example
 * const layer = batchNorm()
 * const variables = init(layer, [1], random.key(0))
 * const batches = [np.array([[0], [2]]), np.array([[4], [6]])]
 * standingStatistics(layer, variables, batches, random.key(1)).mean.toArray() // [3]
 */
export const standingStatistics = operation(
  'standingStatistics',
  {},
  <P, S, I, O>(
    layer: Layer<P, S, I, O>,
    { params, state }: Variables<P, S>,
    inputs: readonly NoInfer<I>[],
    key: Key,
  ): S => {
    if (inputs.length === 0)
      throw new ShapeError('standingStatistics: there are no batches to take statistics of. Give 16 or so.')
    const filled = (value: number): S =>
      tree.mapWithPath(
        (path, x) => (isStatistic(path) ? np.full((x as Tensor).shape, value, { dtype: (x as Tensor).dtype }) : x),
        state as never,
      ) as S
    // A step in training moves a statistic to m · old + (1 − m) · now, whatever m is: from 0 and from 1 it says what both are.
    const [zeros, ones] = [filled(0), filled(1)]
    const ofBatch = (input: I, i: number): S => {
      const ctx = { mode: 'train', key: random.foldIn(key, i) } as const
      const [fromZero, fromOne] = [zeros, ones].map((start) => layer.apply(params, start, input, ctx)[1]) as [S, S]
      return tree.map(
        (low: Tensor, high: Tensor) => low.div(np.subtract(1, high.sub(low))),
        fromZero as never,
        fromOne as never,
      ) as S
    }
    const each = inputs.map(ofBatch)
    return tree.mapWithPath(
      (path, x, ...batches) =>
        isStatistic(path) ? (batches as readonly Tensor[]).reduce((sum, one) => sum.add(one)).div(batches.length) : x,
      state as never,
      ...each,
    ) as S
  },
)
