/** Weights from torchvision, and back. */
import {
  exportWeights,
  importWeights,
  type NamedTensors,
  type ReadTensors,
  torch,
  torchIgnored,
  torchRules,
  type WeightsError,
} from '@puregrad/formats'
import { blank, type Layer, type ShapeOf, type Variables } from '@puregrad/nn'
import type { Either } from 'fp-ts/lib/Either.js'

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)

/** Names of detectors before torchvision 0.14, in which published weights are written. */
const older = [
  ...['inner', 'layer'].flatMap((kind) =>
    torch.conv(`backbone.fpn.${kind}_blocks.{i}`, `backbone.fpn.${kind}_blocks.{i}.0`),
  ),
  ...torch.conv('rpn.head.conv', 'rpn.head.conv.0.0'),
  ...upTo(4).flatMap((i) => torch.conv(`roi_heads.mask_head.mask_fcn${i + 1}`, `roi_heads.mask_head.${i}.0`)),
  ...['classification', 'regression'].flatMap((kind) =>
    upTo(4).flatMap((i) => torch.conv(`head.${kind}_head.conv.${2 * i}`, `head.${kind}_head.conv.${i}.0`)),
  ),
]

/**
 * The variables of a network from a state dict of torchvision, such as `decodeSafetensors` of formats gives it. All weights have to be
 * used and all variables filled; otherwise the left lists every name that is missing, extra or misfits. Of detectors older names are
 * known, too.
 * @param inputShape of one image, [height, width, channels]
 * @example
 * const model = resnet18({ classes: 10, width: 8 })
 * const theirs = toTorchvision(init(model, [32, 32, 3], random.key(0)))
 * const read = E.isRight(theirs) ? fromTorchvision(model, [32, 32, 3], theirs.right) : theirs
 * E.isRight(read) // true
 */
export const fromTorchvision = <P, S, I, O>(
  model: Layer<P, S, I, O>,
  inputShape: NoInfer<ShapeOf<I>>,
  tensors: NamedTensors | ReadTensors,
): Either<WeightsError, Variables<P, S>> =>
  importWeights([...older, ...torchRules], blank(model, inputShape), tensors, { ignore: torchIgnored })

/**
 * The variables of a network as a state dict of torchvision: names and layouts are theirs.
 * @example
 * const exported = toTorchvision(init(lenet(), [28, 28, 1], random.key(0)))
 * E.isRight(exported) && exported.right.get('fc.weight')?.shape // [10, 84]
 */
export const toTorchvision = <P, S>(variables: Variables<P, S>): Either<WeightsError, NamedTensors> =>
  exportWeights(torchRules, variables)
