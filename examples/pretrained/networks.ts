/** The networks whose weights others trained, with what their authors do to pixels as the first stage. */
import { np, type Tensor } from '@puregrad/core'
import { network, type ResnetNorm } from '@puregrad/models'
import { batchNorm, block, conv2d, dense, dropout, globalAvgPool, lambda, maxPool2d, relu, serial } from '@puregrad/nn'

// The statistics of the images that ResNet-20 was trained on, by channel.
const mean = [0.485, 0.456, 0.406]
const deviation = [0.229, 0.224, 0.225]

const convolution = (channels: number, strides = 1) =>
  conv2d(channels, { kernelSize: 3, strides, padding: 1, useBias: false })

/** Where a block halves the image and doubles the channels, the way around takes every second pixel and adds zeros (option A). */
const around = (x: Tensor, channels: number, strides: number): Tensor => {
  if (strides === 1) return x
  const more = (channels - (x.shape[3] as number)) / 2
  const halved = x.slice({}, { step: strides }, { step: strides })
  return np.pad(halved, [
    [0, 0],
    [0, 0],
    [0, 0],
    [more, more],
  ])
}

const residual = (channels: number, strides: number, norm: ResnetNorm) =>
  block(
    { conv1: convolution(channels, strides), bn1: norm(), conv2: convolution(channels), bn2: norm() },
    (run, x: Tensor) => {
      const hidden = relu(run.bn1(run.conv1(x)))
      return relu(run.bn2(run.conv2(hidden)).add(around(x, channels, strides)))
    },
    { name: `residual(${channels})` },
  )

const stage = (channels: number, strides: number, norm: ResnetNorm) =>
  serial(residual(channels, strides, norm), residual(channels, 1, norm), residual(channels, 1, norm))

/** ResNet-20 for CIFAR-10 (He et al. 2016, section 4.2) without projections: bytes [32, 32, 3] to 10 logits. */
export const resnet20Of = (norm: ResnetNorm) =>
  network('resnet20', {
    pixels: lambda((x: Tensor) => x.astype('float32').div(255).sub(np.array(mean)).div(np.array(deviation)), {
      name: 'normalise',
    }),
    conv1: convolution(16),
    bn1: norm(),
    relu,
    layer1: stage(16, 1, norm),
    layer2: stage(32, 2, norm),
    layer3: stage(64, 2, norm),
    avgpool: globalAvgPool(),
    linear: dense(10),
  })

export const resnet20 = resnet20Of(batchNorm)

/** Squeezes to few channels, then expands by two convolutions side by side. */
const fire = (few: number, many: number) =>
  block(
    {
      squeeze: conv2d(few, { kernelSize: 1 }),
      expand1x1: conv2d(many, { kernelSize: 1 }),
      expand3x3: conv2d(many, { kernelSize: 3, padding: 1 }),
    },
    (run, x: Tensor) => {
      const squeezed = relu(run.squeeze(x))
      return np.concatenate([relu(run.expand1x1(squeezed)), relu(run.expand3x3(squeezed))], { axis: -1 })
    },
    { name: `fire(${few}, ${many})` },
  )
const pool = () => maxPool2d(3, { strides: 2, ceilMode: true })

/** SqueezeNet 1.0 as it was trained in Caffe (Iandola et al. 2016): RGB bytes [227, 227, 3] to 1000 logits. */
export const squeezenet = network('squeezenet1_0', {
  // Blue, green, red, less their means.
  pixels: lambda((x: Tensor) => np.flip(x.astype('float32'), { axis: -1 }).sub(np.array([104, 117, 123])), {
    name: 'caffe',
  }),
  conv1: conv2d(96, { kernelSize: 7, strides: 2, padding: 0 }),
  relu,
  pool1: pool(),
  fire2: fire(16, 64),
  fire3: fire(16, 64),
  fire4: fire(32, 128),
  pool4: pool(),
  fire5: fire(32, 128),
  fire6: fire(48, 192),
  fire7: fire(48, 192),
  fire8: fire(64, 256),
  pool8: pool(),
  fire9: fire(64, 256),
  drop9: dropout(0.5),
  conv_final: conv2d(1000, { kernelSize: 1, padding: 1 }),
  relu_final: relu,
  pool_final: globalAvgPool(),
})

/** A name of Caffe's file as the network above has it. */
export const squeezenetName = (name: string): string =>
  name.replace('/conv1x1_1.', '.squeeze.').replace('/conv1x1_2.', '.expand1x1.').replace('/conv3x3_2.', '.expand3x3.')
