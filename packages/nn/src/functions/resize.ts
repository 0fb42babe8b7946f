/** Larger images: each element repeated, or straight lines between them. The batch axis first, channels last. */
import { np, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { type WithArgument, withArgument } from '../dual.js'

export interface UpSampleOptions {
  /** 'nearest' repeats elements, 'linear' (also called 'bilinear') interpolates between their centres: 'nearest' unless said. */
  readonly method?: 'nearest' | 'linear' | 'bilinear'
}

/** x with one axis multiplied by a constant matrix [new size, old size]. */
export const alongAxis = (x: Tensor, axis: number, rows: readonly (readonly number[])[]): Tensor => {
  const matrix = np.array(
    rows.map((row) => [...row]),
    { dtype: x.dtype },
  )
  return np.moveaxis(np.tensordot(x, matrix, { axes: [[axis], [1]] }), -1, axis)
}

/** The weights of old positions for each new one, measured between centres of elements; ends are held. */
const lines = (size: number, factor: number): readonly (readonly number[])[] =>
  Array.from({ length: size * factor }, (_, i) => {
    const at = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), size - 1)
    const below = Math.min(Math.floor(at), Math.max(size - 2, 0))
    return Array.from({ length: size }, (__, j) => (j === below ? 1 - (at - below) : j === below + 1 ? at - below : 0))
  })

/**
 * Every axis between batch and channels times a whole factor.
 * @param factors one per axis between batch and channels
 * @throws ShapeError unless there is a whole factor ≥ 1 for each
 * @example upSample(np.array([1, 3]).reshape([1, 2, 1]), [2], { method: 'linear' }).reshape([4]).toArray() // [1, 1.5, 2.5, 3]
 */
export const upSample: WithArgument<Shape, UpSampleOptions> = withArgument(
  'upSample',
  ['method'],
  (factors) => Array.isArray(factors),
  (x, factors, { method = 'nearest' }) => {
    if (x.ndim !== factors.length + 2 || factors.some((n) => !Number.isInteger(n) || n < 1)) {
      throw new ShapeError(
        `upSample: factors [${factors}] have to be whole numbers ≥ 1, one per axis between batch and channels of ${x.dtype}[${x.shape}].`,
      )
    }
    return factors.reduce((y: Tensor, factor, i) => {
      if (factor === 1) return y
      if (method === 'nearest') return np.repeat(y, factor, { axis: i + 1 })
      return alongAxis(y, i + 1, lines(y.shape[i + 1] as number, factor))
    }, x)
  },
)
