/** ResNet-20 for CIFAR-10 (He et al. 2016, section 4.2) as a function of parameters that were trained elsewhere. */
import { lax, np, type Tensor } from '@puregrad/core'
import { relu } from '@puregrad/nn'

const zeros = (...shape: readonly number[]): Tensor => np.zeros(shape)
const block = (from: number, to: number) => ({
  conv1: { kernel: zeros(3, 3, from, to) },
  bn1: { scale: zeros(to), bias: zeros(to) },
  conv2: { kernel: zeros(3, 3, to, to) },
  bn2: { scale: zeros(to), bias: zeros(to) },
})
const blockState = (size: number) => ({
  bn1: { mean: zeros(size), var: zeros(size) },
  bn2: { mean: zeros(size), var: zeros(size) },
})

/** The tree that weights are read into: parameters, and the running means and variances of the norms. */
export const resnet20 = {
  params: {
    conv1: { kernel: zeros(3, 3, 3, 16) },
    bn1: { scale: zeros(16), bias: zeros(16) },
    layer1: [block(16, 16), block(16, 16), block(16, 16)],
    layer2: [block(16, 32), block(32, 32), block(32, 32)],
    layer3: [block(32, 64), block(64, 64), block(64, 64)],
    linear: { kernel: zeros(64, 10), bias: zeros(10) },
  },
  state: {
    bn1: { mean: zeros(16), var: zeros(16) },
    layer1: [blockState(16), blockState(16), blockState(16)],
    layer2: [blockState(32), blockState(32), blockState(32)],
    layer3: [blockState(64), blockState(64), blockState(64)],
  },
}

export type Resnet20 = typeof resnet20
type Block = ReturnType<typeof block>
type BlockState = ReturnType<typeof blockState>
type Norm = Block['bn1']
type NormState = BlockState['bn1']

const conv = (x: Tensor, { kernel }: { readonly kernel: Tensor }, stride = 1): Tensor =>
  lax.convGeneralDilated(
    x,
    kernel,
    [stride, stride],
    [
      [1, 1],
      [1, 1],
    ],
    { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] },
  )

const epsilon = 1e-5 // PyTorch's BatchNorm2d

const norm = (x: Tensor, { scale, bias }: Norm, state: NormState): Tensor =>
  x
    .sub(state.mean)
    .mul(scale.div(np.sqrt(state.var.add(epsilon))))
    .add(bias)

/** Where a block halves the image and doubles the channels, the way around takes every second pixel and adds zeros (option A). */
const around = (x: Tensor, channels: number): Tensor => {
  const before = x.shape[3] as number
  if (before === channels) return x
  const half = (channels - before) / 2
  return np.pad(x.slice({}, { step: 2 }, { step: 2 }), [
    [0, 0],
    [0, 0],
    [0, 0],
    [half, half],
  ])
}

const residualBlock = (x: Tensor, params: Block, state: BlockState): Tensor => {
  const channels = params.bn1.scale.size
  const stride = channels === x.shape[3] ? 1 : 2
  const hidden = relu(norm(conv(x, params.conv1, stride), params.bn1, state.bn1))
  return relu(norm(conv(hidden, params.conv2), params.bn2, state.bn2).add(around(x, channels)))
}

// The statistics of the images that it was trained on, by channel.
const mean = [0.485, 0.456, 0.406]
const deviation = [0.229, 0.224, 0.225]

/** [n, 32, 32, 3] bytes to [n, 10] logits. */
export const logits = ({ params, state }: Resnet20, images: Tensor): Tensor => {
  const x = images.astype('float32').div(255).sub(np.array(mean)).div(np.array(deviation))
  const stages = ['layer1', 'layer2', 'layer3'] as const
  const features = stages.reduce(
    (y, stage) => params[stage].reduce((z, p, i) => residualBlock(z, p, state[stage][i] as BlockState), y),
    relu(norm(conv(x, params.conv1), params.bn1, state.bn1)),
  )
  return features
    .mean({ axis: [1, 2] })
    .matmul(params.linear.kernel)
    .add(params.linear.bias)
}
