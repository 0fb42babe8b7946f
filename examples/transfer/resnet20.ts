/** ResNet-20 for CIFAR-10 as its weights were trained elsewhere, with norms that keep the statistics that they came with. */
import { frozenBatchNorm, network } from '@puregrad/models'
import { weights } from '@puregrad/train'
import { resnet20Of } from '../pretrained/networks.js'

const { linear, ...stages } = resnet20Of(frozenBatchNorm).stages

/** [32, 32, 3] bytes to the logits of ten classes. */
export const resnet20 = network('resnet20', { ...stages, fc: linear })

/** Names of the file, whose head is called otherwise. */
export const resnet20Rules = [...weights.torch.linear('linear', 'fc'), ...weights.torchRules]

export const picture = [32, 32, 3] as const
