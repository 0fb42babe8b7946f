/** How sure a classifier is of each image, and how many classes it sees in all of them. */
import { np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'

export interface InceptionScoreOptions {
  /** Into how many parts the images are split, each with a score of its own: 1 unless said; papers have 10. */
  readonly splits?: number
}

/** Mean and standard deviation of the scores of all parts. */
export interface InceptionScore {
  readonly mean: Tensor
  readonly std: Tensor
}

/** p log p, 0 at 0 */
const plogp = (p: Tensor): Tensor => p.mul(np.log(np.where(p.gt(0), p, 1)))

/**
 * exp of the mean KL divergence of each image's classes from those of all (Salimans et al. 2016): 1 if all images look the same, the
 * number of classes if every one is surely one of them and there are equally many. With Inception's probabilities it is the score that
 * papers quote.
 * @param probabilities [count, classes], rows that sum to 1, such as a softmax's
 * @returns float64
 * @throws ShapeError unless there are two axes; RangeError for splits that are no whole number or more than images
 * @example inceptionScore(np.array([[1, 0], [0, 1]])).mean.item() // 2
 */
export const inceptionScore = operation(
  'inceptionScore',
  { at: 1, names: ['splits'] },
  (probabilities: Tensor, { splits = 1 }: InceptionScoreOptions = {}): InceptionScore => {
    if (probabilities.ndim !== 2)
      throw new ShapeError(
        `inceptionScore: probabilities are [count, classes], not ${probabilities.dtype}[${probabilities.shape}]. Take nn.softmax of logits.`,
      )
    const count = probabilities.shape[0] as number
    if (!Number.isInteger(splits) || splits < 1 || splits > count)
      throw new RangeError(
        `inceptionScore: splits is ${splits}, and has to be a whole number from 1 to the ${count} images.`,
      )
    const p = probabilities.astype('float64')
    const scores = Array.from({ length: splits }, (_, i) => {
      const [start, stop] = [i, i + 1].map((k) => Math.floor((k * count) / splits)) as [number, number]
      const part = p.slice({ start, stop })
      // KL(p | mean p), of which the mean over p is that of entropies.
      const sure = np.sum(plogp(part), { axis: 1 }).mean()
      return np.exp(sure.sub(np.sum(plogp(np.mean(part, { axis: 0 })))))
    })
    const all = np.stack(scores)
    return { mean: np.mean(all), std: np.std(all) }
  },
)
