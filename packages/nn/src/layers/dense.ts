/** The dense layer: an affine map of the last axis. */
import { type About, np, operation, type Shape, type Tensor } from '@puregrad/core'
import { zeros } from '../initializers/constant.js'
import type { Initializer } from '../initializers/initializer.js'
import { lecunNormal } from '../initializers/variance-scaling.js'
import { type Layer, stateless } from '../layer.js'
import { frozenLeaf, leaf, type OpenPlan } from '../plan.js'
import { refuse, unlessRefused } from '../refusal.js'
import { positionwise, type Stepping } from '../steps.js'

export interface DenseParams {
  /** [inputs, features] */
  readonly kernel: Tensor
  /** [features] */
  readonly bias: Tensor
}

/** How a kernel and its bias start. */
export interface KernelOptions<B extends boolean = boolean> {
  /** Whether there is a bias: true unless said. */
  readonly useBias?: B
  /** `lecunNormal()` unless said. */
  readonly kernelInit?: Initializer
  /** `zeros` unless said. */
  readonly biasInit?: Initializer
}

/** Parameters without their bias, if there is none. */
export type WithBias<P, B extends boolean> = B extends false ? Omit<P, 'bias'> : P

/**
 * The plan of a kernel and of its bias, if there is one.
 * @param about what the kernel's shape does not say  @param biasShape the last size of the kernel unless given
 */
export const planKernel = <B extends boolean = true>(
  shape: Shape,
  options: KernelOptions<B>,
  about?: About,
  biasShape: Shape = shape.slice(-1),
): OpenPlan<WithBias<DenseParams, B>> => {
  const { useBias = true, kernelInit = lecunNormal(), biasInit = zeros } = options
  const plain = leaf('kernel', shape, kernelInit)
  const kernel = about === undefined ? plain : frozenLeaf({ ...plain, about: Object.freeze({ ...about }) })
  const planned = useBias ? { kernel, bias: leaf('bias', biasShape, biasInit) } : { kernel }
  // Which of both it is, B says, and no compiler follows.
  return planned as OpenPlan<WithBias<DenseParams, B>>
}

/** A kernel and perhaps a bias. */
export type Affine = { readonly kernel: Tensor; readonly bias?: Tensor }

/**
 * x · kernel + bias along the last axis.
 * @throws ShapeError naming the layer if sizes differ
 */
export const affine = (name: string, { kernel, bias }: Affine, x: Tensor): Tensor => {
  const [given, taken] = [x.shape[x.ndim - 1], kernel.shape[0]]
  if (given !== taken) {
    refuse(
      name,
      `x is ${x.dtype}[${x.shape}] with ${given ?? 'no'} features and the kernel [${kernel.shape}] takes ${taken}.`,
      'Its parameters were made for another input: call init with the shape of this one.',
    )
  }
  const y = np.matmul(x, kernel)
  return bias === undefined ? y : y.add(bias)
}

/**
 * An affine map of the last axis to `features` numbers: x · kernel + bias.
 * @param features how many numbers come out
 * @example
 * const layer = dense(2)
 * const { params } = init(layer, [3], random.key(0))
 * layer.apply(params, null, np.ones([5, 3]), { mode: 'eval' })[0].shape // [5, 2]
 */
export const dense = operation(
  'dense',
  { at: 1, numbers: ['features'], names: ['useBias', 'kernelInit', 'biasInit'] },
  <const B extends boolean = true>(
    features: number,
    options: KernelOptions<B> = {},
  ): Layer<WithBias<DenseParams, B>, null> & Stepping<WithBias<DenseParams, B>, null, Tensor, Tensor, null> => {
    const name = `dense(${features})`
    const layer = stateless<WithBias<DenseParams, B>>(
      name,
      unlessRefused((input) => {
        const inputs = input.at(-1)
        return inputs === undefined
          ? refuse(
              name,
              'takes [features] after the batch axis and the input is a single number, [].',
              'Give it an axis: nn.reshape([1]).',
            )
          : { params: planKernel([inputs, features], options), out: [...input.slice(0, -1), features] }
      }),
      (params, x) => affine(name, params, x),
    )
    return positionwise(layer)
  },
)

/** Inside blocks: an affine map of the first of its inputs to as many features as their shapes say. */
export const projection = <B extends boolean = true>(
  featuresOf: (inputs: readonly Shape[]) => number,
  options: KernelOptions<B> = {},
  name = 'dense',
): Layer<WithBias<DenseParams, B>, null, readonly Tensor[], Tensor> &
  Stepping<WithBias<DenseParams, B>, null, readonly Tensor[], Tensor, null> =>
  positionwise(
    stateless<WithBias<DenseParams, B>, readonly Tensor[], Tensor>(
      name,
      unlessRefused((shapes) => {
        const [first = []] = shapes
        const features = featuresOf(shapes)
        const params = planKernel([first.at(-1) as number, features], options)
        return { params, out: [...first.slice(0, -1), features] }
      }),
      (params, [x]) => affine(name, params, x as Tensor),
    ),
  )
