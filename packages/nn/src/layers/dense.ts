/** The dense layer: an affine map of the last axis. */
import { np, operation, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { zeros } from '../initializers/constant.js'
import type { Initializer } from '../initializers/initializer.js'
import { lecunNormal } from '../initializers/variance-scaling.js'
import { type Layer, stateless } from '../layer.js'
import { leaf } from '../plan.js'
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

/** The plan of a kernel and of its bias, if there is one. */
export const planKernel = (shape: Shape, options: KernelOptions): Readonly<Record<string, ReturnType<typeof leaf>>> => {
  const { useBias = true, kernelInit = lecunNormal(), biasInit = zeros } = options
  const kernel = leaf('kernel', shape, kernelInit)
  return useBias ? { kernel, bias: leaf('bias', shape.slice(-1), biasInit) } : { kernel }
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
    throw new ShapeError(
      `${name}: x is ${x.dtype}[${x.shape}] with ${given ?? 'no'} features and the kernel [${kernel.shape}] takes ${taken}. ` +
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
    const layer: Layer<Affine, null> = stateless<Affine>(
      name,
      (input) => {
        const inputs = input.at(-1)
        if (inputs !== undefined) {
          const params = planKernel([inputs, features], options)
          return right({ params: params as never, out: [...input.slice(0, -1), features] })
        }
        return left(
          new ShapeError(
            `${name}: takes [features] after the batch axis and the input is a single number, []. Give it an axis: nn.reshape([1]).`,
          ),
        )
      },
      (params, x) => affine(name, params, x),
    )
    return positionwise(layer) as never
  },
)

/** Inside blocks: an affine map of the first of its inputs to as many features as their shapes say. */
export const projection = (
  featuresOf: (inputs: readonly Shape[]) => number,
  options: KernelOptions = {},
): Layer<DenseParams, null, readonly Tensor[], Tensor> &
  Stepping<DenseParams, null, readonly Tensor[], Tensor, null> => {
  const layer = stateless<Affine, readonly Tensor[], Tensor>(
    'dense',
    (input) => {
      const shapes = input as unknown as readonly Shape[]
      const [first = []] = shapes
      const features = featuresOf(shapes)
      const params = planKernel([first.at(-1) as number, features], options)
      return right({ params: params as never, out: [...first.slice(0, -1), features] as never })
    },
    (params, [x]) => affine('dense', params, x as Tensor),
  )
  return positionwise(layer) as never
}
