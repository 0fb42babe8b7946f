/** Which classes are taken for which. */
import { np, ShapeError, type Tensor } from '@puregrad/core'
import { isNumber } from './hits.js'

const isFloat = ({ dtype }: Tensor): boolean => dtype === 'float32' || dtype === 'float64'

/** Classes as integers; NaN is none. */
const classesOf = (x: Tensor): Tensor => (isFloat(x) ? np.where(isNumber(x), x, -1) : x).astype('int32')

/**
 * How often each class (row) was taken for each class (column).
 * @param predictions integers, the classes guessed  @param labels integers of the same shape, the true ones
 * @returns int32[numClasses, numClasses]; classes outside, and NaN, count nowhere
 * @throws ShapeError if shapes differ
 * @example metrics.confusionMatrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).toArray() // [[1, 1], [0, 1]]
 */
export const confusionMatrix = (predictions: Tensor, labels: Tensor, numClasses: number): Tensor => {
  if (predictions.ndim !== labels.ndim || predictions.shape.some((n, i) => n !== labels.shape[i])) {
    throw new ShapeError(
      `metrics.confusionMatrix: predictions [${predictions.shape}] and labels [${labels.shape}] differ in shape. ` +
        'Both are classes: of logits take np.argmax(logits, { axis: -1 }).',
    )
  }
  const classes = np.arange(numClasses).astype('int32')
  const rows = classes
    .reshape([numClasses, 1])
    .eq(classesOf(labels).reshape([1, -1]))
    .astype('int32')
  const columns = classesOf(predictions).reshape([-1, 1]).eq(classes).astype('int32')
  return np.matmul(rows, columns)
}
