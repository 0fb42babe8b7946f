/** How much each example counts: weights of examples and of classes. */
import { np, ShapeError, type Tensor } from '@puregrad/core'

const show = ({ dtype, shape }: Tensor): string => `${dtype}[${shape}]`

/** Weights brought to the axes of the losses: those that are not named come last. */
const spread = (name: string, weights: Tensor, losses: Tensor): Tensor => {
  const fits = weights.ndim <= losses.ndim && weights.shape.every((n, i) => n === losses.shape[i])
  if (!fits || losses.ndim === 0) {
    throw new ShapeError(
      `fit: ${name} ${show(weights)} weigh the loss of each example, but the loss is ${show(losses)}. ` +
        'Give a loss that leaves one number for each example: no mean inside.',
    )
  }
  return weights.astype(losses.dtype).reshape([...weights.shape, ...losses.shape.slice(weights.ndim).map(() => 1)])
}

/** The weight of each label's class. @throws ShapeError if targets are no integer labels */
const ofClasses = (classWeights: readonly number[], targets: unknown): Tensor => {
  const labels = targets as Tensor
  const isInteger = ['int32', 'uint32', 'uint8'].includes(labels?.dtype)
  if (!isInteger) {
    throw new ShapeError(
      `fit: classWeights are for integer labels, and the targets are ${labels?.shape === undefined ? 'a tree' : show(labels)}. ` +
        'Of one-hot labels take np.argmax(y, { axis: -1 }), or give weights to the examples.',
    )
  }
  return np.take(np.array([...classWeights]), labels.astype('int32'), { axis: 0 })
}

/** The losses of a batch times the weights of their examples and classes; their mean still divides by the number of examples. */
export const weighted = (
  losses: Tensor,
  targets: unknown,
  weights: Tensor | undefined,
  classWeights: readonly number[] | undefined,
): Tensor => {
  const byExample = weights === undefined ? losses : losses.mul(spread('weights', weights, losses))
  if (classWeights === undefined) return byExample
  return byExample.mul(spread('classWeights', ofClasses(classWeights, targets), losses))
}
