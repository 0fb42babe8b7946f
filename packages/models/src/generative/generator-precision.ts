/** What share of generated images looks real, and what share of real ones could have been generated. */
import { lax, np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'

export interface GeneratorPrecisionOptions {
  /** How far an image reaches: to its k-th nearest neighbour, 3 unless said, as in the paper. */
  readonly k?: number
}

export interface GeneratorPrecision {
  /** The share of generated images within reach of a real one: how good they look. */
  readonly precision: Tensor
  /** The share of real images within reach of a generated one: how much of them is covered. */
  readonly recall: Tensor
}

const block = 1024 // rows of distances at a time, so that memory grows with one of the sets only

/** A function of rows, block by block. */
const byBlocks = (x: Tensor, of: (rows: Tensor, from: number) => Tensor): Tensor => {
  const count = x.shape[0] as number
  const parts = Array.from({ length: Math.ceil(count / block) }, (_, i) => {
    const start = i * block
    return of(x.slice({ start, stop: Math.min(count, start + block) }), start)
  })
  return parts.length === 1 ? (parts[0] as Tensor) : np.concatenate(parts)
}

const squares = (x: Tensor): Tensor => np.sum(np.square(x), { axis: 1 })

const distances = (rows: Tensor, y: Tensor): Tensor =>
  np.maximum(squares(rows).reshape([-1, 1]).add(squares(y)).sub(np.matmul(rows, y.T).mul(2)), 0)

/** Squared distances of each to its k-th nearest other. */
const reaches = (x: Tensor, k: number): Tensor =>
  byBlocks(x, (rows, from) => {
    const count = rows.shape[0] as number
    const [own, all] = [np.arange(count).add(from).reshape([-1, 1]), np.arange(x.shape[0] as number)]
    const others = np.where(own.eq(all), Number.POSITIVE_INFINITY, distances(rows, x))
    return lax
      .topK(others.neg(), k)[0]
      .slice({}, k - 1)
      .neg()
  })

/** The share of `x` within reach of one of `y`. */
const covered = (x: Tensor, y: Tensor, reach: Tensor): Tensor =>
  np.mean(byBlocks(x, (rows) => np.any(distances(rows, y).le(reach), { axis: 1 })).astype('float64'))

/**
 * Improved precision and recall of a generator (Kynkäänniemi et al. 2019): every image reaches as far as its k-th nearest neighbour of
 * the same set, in the features of any network.
 * @param real features [count, size]  @param fake features [count, size]
 * @returns shares, float64
 * @throws ShapeError unless both are [count, size] of one size; RangeError unless each set has more than k images
 * @example
 * const real = np.array([[0], [1], [2], [3]])
 * const { precision, recall } = generatorPrecision(real, np.array([[0.5], [9]]), { k: 1 })
 * precision.item() // 0.5
 * recall.item() // 1
 */
export const generatorPrecision = operation(
  'generatorPrecision',
  { at: 2, names: ['k'] },
  (real: Tensor, fake: Tensor, { k = 3 }: GeneratorPrecisionOptions = {}): GeneratorPrecision => {
    if (real.ndim !== 2 || fake.ndim !== 2 || real.shape[1] !== fake.shape[1])
      throw new ShapeError(
        `generatorPrecision: features are [count, size] of one size, not [${real.shape}] and [${fake.shape}]. Take both from the same network.`,
      )
    const fewest = Math.min(real.shape[0] as number, fake.shape[0] as number)
    if (!Number.isInteger(k) || k < 1 || k >= fewest)
      throw new RangeError(
        `generatorPrecision: k is ${k}, and has to be a whole number from 1 up, less than the ${fewest} images of the smaller set.`,
      )
    const [truth, made] = [real.astype('float64'), fake.astype('float64')]
    return {
      precision: covered(made, truth, reaches(truth, k)),
      recall: covered(truth, made, reaches(made, k)),
    }
  },
)
