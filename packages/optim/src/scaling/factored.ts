/** Adafactor's second moments: of a matrix only the means of its rows and columns are kept. */
import { np, operation, type Tensor, tree } from '@puregrad/core'
import { increment, noSteps } from '../moments.js'
import { type GradientTransformation, type Moments, requiredParams } from '../transformation.js'
import { momentsOf } from '../trees.js'

/** Means of squares: by row and by column where factored, whole elsewhere; [0] stands where there is none. */
export interface FactoredState {
  readonly count: Tensor
  readonly vRow: Moments
  readonly vCol: Moments
  readonly v: Moments
}

export interface FactoredRmsOptions {
  /** Whether matrices are factored at all: true unless said. */
  readonly factored?: boolean
  /** The power c of the decay 1 − t^−c: 0.8 unless said. */
  readonly decayRate?: number
  /** Steps done before, in fine-tuning: 0 unless said. */
  readonly stepOffset?: number
  /** Smaller axes are not factored: 128 unless said. */
  readonly minDimSizeToFactor?: number
  /** Added to squares: 1e-30 unless said. */
  readonly epsilon?: number
}

/** The second largest axis and the largest, or null where nothing is to be saved. */
const factoredAxes = (shape: readonly number[], least: number): readonly [number, number] | null => {
  const byLength = shape.map((_, axis) => axis).sort((a, b) => (shape[a] as number) - (shape[b] as number))
  const [largest, second] = [byLength[byLength.length - 1], byLength[byLength.length - 2]]
  if (largest === undefined || second === undefined || (shape[second] as number) < least) return null
  return [second, largest]
}

const absent = (x: Tensor): Tensor => np.zeros([1], { dtype: x.dtype })
const meanOver = (x: Tensor, axis: number): Tensor => np.mean(x, { axis })

/**
 * g / √v with v the running mean of g² + epsilon at decay 1 − t^−c. For matrices whose axes are both long, v is the product of
 * the means of its rows and of its columns over the mean of all: memory m + n instead of m · n. Shazeer & Stern 2018,
 * Algorithm 4.
 * @throws TreeError if `update` gets no parameters
 * @example
 * const params = { w: np.ones([2, 2]) }
 * const t = scaleByFactoredRms({ minDimSizeToFactor: 2 })
 * t.update({ w: np.array([[1, 2], [2, 4]]) }, t.init(params), params)[0] // { w: [[1, 1], [1, 1]] }
 */
export const scaleByFactoredRms = operation(
  'scaleByFactoredRms',
  { at: 0, names: ['factored', 'decayRate', 'stepOffset', 'minDimSizeToFactor', 'epsilon'] },
  (options: FactoredRmsOptions = {}): GradientTransformation<FactoredState> => {
    const { factored = true, decayRate = 0.8, stepOffset = 0, minDimSizeToFactor = 128, epsilon = 1e-30 } = options
    const axesOf = (x: Tensor): readonly [number, number] | null =>
      factored ? factoredAxes(x.shape, minDimSizeToFactor) : null
    return {
      init: (params) => {
        const zerosWithout = (x: Tensor, axis: number): Tensor =>
          np.zeros(
            x.shape.filter((_, a) => a !== axis),
            { dtype: x.dtype },
          )
        return {
          count: noSteps(),
          vRow: momentsOf((x) => zerosOr(axesOf(x), x, ([, d0]) => zerosWithout(x, d0)), params),
          vCol: momentsOf((x) => zerosOr(axesOf(x), x, ([d1]) => zerosWithout(x, d1)), params),
          v: momentsOf((x) => (axesOf(x) === null ? np.zerosLike(x) : absent(x)), params),
        }
      },
      update: (grads, state, params) => {
        requiredParams('scaleByFactoredRms', params)
        const step = state.count.sub(stepOffset - 1).astype('float64')
        const decay = np.subtract(1, np.power(step, -decayRate))
        const faded = (old: Tensor, now: Tensor): Tensor => {
          const kept = decay.astype(old.dtype)
          return old.mul(kept).add(now.mul(np.subtract(1, kept)))
        }
        const scaled = (g: Tensor, row: Tensor, col: Tensor, v: Tensor): readonly [Tensor, Tensor, Tensor, Tensor] => {
          const squares = np.square(g).add(epsilon)
          const axes = axesOf(g)
          if (axes === null) {
            const next = faded(v, squares)
            return [g.div(np.sqrt(next)), row, col, next]
          }
          const [d1, d0] = axes
          const [nextRow, nextCol] = [faded(row, meanOver(squares, d0)), faded(col, meanOver(squares, d1))]
          const mean = np.mean(nextRow, { axis: d1 > d0 ? d1 - 1 : d1, keepdims: true })
          const ofRows = np.expandDims(np.sqrt(nextRow.div(mean)), d0)
          return [g.div(ofRows).div(np.expandDims(np.sqrt(nextCol), d1)), nextRow, nextCol, v]
        }
        const leaves = (t: unknown): readonly Tensor[] => tree.leaves(t) as readonly Tensor[]
        const [rows, cols, whole] = [leaves(state.vRow), leaves(state.vCol), leaves(state.v)]
        const results = leaves(grads).map((g, i) => scaled(g, rows[i] as Tensor, cols[i] as Tensor, whole[i] as Tensor))
        const treeOf = <T>(k: 0 | 1 | 2 | 3): T =>
          tree.unflatten(
            tree.structure(grads),
            results.map((r) => r[k]),
          ) as T
        return [treeOf(0), { count: increment(state.count), vRow: treeOf(1), vCol: treeOf(2), v: treeOf(3) }]
      },
    }
  },
)

const zerosOr = (
  axes: readonly [number, number] | null,
  x: Tensor,
  zeros: (axes: readonly [number, number]) => Tensor,
): Tensor => (axes === null ? absent(x) : zeros(axes))
