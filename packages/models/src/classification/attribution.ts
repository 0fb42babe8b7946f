/** What in an image a network decides by. */
import { grad, np, operation, ShapeError, type Tensor } from '@puregrad/core'
import { type Layer, named, relu, type TensorStage, type Variables } from '@puregrad/nn'
import { features, type Network, type ParamsOfStages, type Stages, type StatesOfStages } from './network.js'

export interface SaliencyOptions {
  /** Of which class: one for all images, or [batch] of them; the one with the highest logit unless said. */
  readonly target?: number | Tensor
}

export interface GradCamOptions<C extends Stages> extends SaliencyOptions {
  /** The stage whose output is looked at, [height, width, channels] for each image: the last that has places unless there is a reason. */
  readonly at: keyof C & string
}

/** The sum over the images of the logit of a class. @throws ShapeError unless there are logits for each image */
const scoreOf = (operation: string, logits: Tensor, target: number | Tensor | undefined): Tensor => {
  if (logits.shape.length !== 2) {
    throw new ShapeError(
      `${operation}: the network gives [${logits.shape}], and logits are [batch, classes]. Give it a model that ends in a classifier.`,
    )
  }
  const [batch = 0, classes = 0] = logits.shape
  if (typeof target === 'number' && !(Number.isInteger(target) && target >= 0 && target < classes)) {
    throw new ShapeError(`${operation}: there is no class ${target} among ${classes}. They count from 0.`)
  }
  if (typeof target === 'object' && String(target.shape) !== String([batch])) {
    throw new ShapeError(
      `${operation}: targets are [${target.shape}], and there are ${batch} images. Give one class for each, or a number.`,
    )
  }
  const chosen =
    typeof target === 'number'
      ? np.full([batch], target, { dtype: 'int32' })
      : (target ?? np.argmax(logits, { axis: 1 }))
  return np.sum(np.takeAlongAxis(logits, np.expandDims(chosen.astype('int32'), 1), { axis: 1 }))
}

/**
 * Where a network looks to see a class (Grad-CAM, Selvaraju et al. 2017): the channels of a stage, weighted by the mean over all places of
 * the derivative of the class's logit, summed, and what speaks against the class left out. With a linear classifier behind a mean over all
 * places it is the class's activation map (Zhou et al. 2016) divided by the number of places. Statistics of norms stay as they are.
 * @param x images [batch, height, width, channels]
 * @returns [batch, h, w] from 0 up, as large as the stage's output; to lay it over an image it is resized
 * @throws ShapeError for a stage without places, or a model without logits
 * @example
 * const model = resnet18({ classes: 10, width: 8 })
 * const variables = init(model, [64, 64, 3], random.key(0))
 * gradCam(model, variables, np.ones([2, 64, 64, 3]), { at: 'layer3', target: 4 }).shape // [2, 4, 4]
 */
export const gradCam = operation(
  'gradCam',
  { at: 3, names: ['at', 'target'] },
  <const C extends Stages>(
    model: Network<C>,
    { params, state }: Variables<ParamsOfStages<C>, StatesOfStages<C>>,
    x: Tensor,
    { at, target }: GradCamOptions<C>,
  ): Tensor => {
    const [seen] = features(model, { at }).apply(params, state, x, { mode: 'eval' })
    if (seen.shape.length !== 4) {
      throw new ShapeError(
        `gradCam: the stage '${at}' gives [${seen.shape}], which has no places. Take an earlier stage of ${Object.keys(model.stages).join(', ')}.`,
      )
    }
    const names = Object.keys(model.stages)
    const after = names.slice(names.indexOf(at) + 1).map((name) => [name, model.stages[name] as TensorStage])
    const rest = named(Object.fromEntries(after)) as Layer<ParamsOfStages<C>, StatesOfStages<C>>
    const slopes = grad((s: Tensor) => scoreOf('gradCam', rest.apply(params, state, s, { mode: 'eval' })[0], target))(
      seen,
    )
    const weights = np.mean(slopes, { axis: [1, 2], keepdims: true })
    return relu(np.sum(weights.mul(seen), { axis: -1 }))
  },
)

/**
 * How much each pixel matters for a class (Simonyan et al. 2014): the size of the derivative of its logit, the greatest of the channels.
 * @param x images [batch, height, width, channels]
 * @returns [batch, height, width] from 0 up
 * @throws ShapeError for a model without logits
 * @example
 * const model = lenet()
 * saliency(model, init(model, [28, 28, 1], random.key(0)), np.ones([2, 28, 28, 1])).shape // [2, 28, 28]
 */
export const saliency = operation(
  'saliency',
  { at: 3, names: ['target'] },
  <P, S>(
    model: Layer<P, S>,
    { params, state }: Variables<P, S>,
    x: Tensor,
    { target }: SaliencyOptions = {},
  ): Tensor => {
    const slopes = grad((pixels: Tensor) =>
      scoreOf('saliency', model.apply(params, state, pixels, { mode: 'eval' })[0], target),
    )(x)
    return np.max(np.abs(slopes), { axis: -1 })
  },
)
