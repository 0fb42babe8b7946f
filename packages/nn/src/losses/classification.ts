/** Losses of classes, given by logits: log-probabilities before they are normalised. */
import { lax, np, ShapeError, type Tensor } from '@puregrad/core'
import { isTensor, type WithArgument, withArgument } from '../dual.js'
import { axisOf } from '../functions/axis.js'
import { logSigmoid } from '../functions/sigmoids.js'
import { logSoftmax, logsumexp } from '../functions/softmax.js'

export interface CrossEntropyOptions {
  /** The axis of the classes: the last unless said. */
  readonly axis?: number
  /** Classes that count. */
  readonly where?: Tensor
}

/**
 * The element of x at each label along an axis, as `np.takeAlongAxis` does: negative labels count from the end, others
 * outside give NaN. A selection and a sum, because these fuse and their derivative scatters nothing.
 */
const pick = (x: Tensor, labels: Tensor, axis: number): Tensor => {
  const size = x.shape[axis] as number
  const label = np.where(labels.lt(0), labels.add(size), labels)
  const classes = np.arange(size).astype('int32').reshape(x.shape.map((_, i) => (i === axis ? size : 1)))
  const picked = np.sum(np.where(np.expandDims(label, axis).eq(classes), x, 0), { axis })
  return np.where(np.logicalAnd(label.ge(0), label.lt(size)), picked, Number.NaN)
}

const show = (x: Tensor): string => `${x.dtype}[${x.shape}]`

/**
 * −log softmax(logits) at each label: log Σⱼ exp logitsⱼ − logits_label.
 * @param logits [..., classes]  @param labels integers of shape [...], each a class
 * @returns one loss per label, [...]
 * @throws ShapeError unless labels have the shape of the logits without their classes
 * @example losses.softmaxCrossEntropyWithIntegerLabels(np.array([[0, 0]]), np.array([1], { dtype: 'int32' })).toArray() // [0.6931472]
 */
export const softmaxCrossEntropyWithIntegerLabels: WithArgument<Tensor, CrossEntropyOptions> = withArgument(
  isTensor,
  (logits, labels: Tensor, { axis = -1, where }) => {
    const along = axisOf('softmaxCrossEntropyWithIntegerLabels', axis, logits)
    const expected = logits.shape.filter((_, i) => i !== along)
    const both = `softmaxCrossEntropyWithIntegerLabels: logits ${show(logits)} and labels ${show(labels)}`
    if (labels.dtype === 'float32' || labels.dtype === 'float64' || labels.dtype === 'bool') {
      const cure = labels.ndim === logits.ndim ? 'For probabilities take softmaxCrossEntropy.' : "Convert with labels.astype('int32')."
      throw new ShapeError(`${both}: labels are integers, one class each. ${cure}`)
    }
    if (labels.ndim !== expected.length || labels.shape.some((n, i) => n !== expected[i])) {
      throw new ShapeError(
        `${both}: labels need the shape of the logits without their classes, [${expected}]. ` +
          (labels.ndim === logits.ndim ? 'For one-hot labels take softmaxCrossEntropy.' : 'Check the batch axes.'),
      )
    }
    const normalizer = logsumexp(logits, { axis: along, ...(where === undefined ? {} : { where }) })
    return normalizer.sub(pick(logits, labels.astype('int32'), along))
  },
)
