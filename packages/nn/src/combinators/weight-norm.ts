/** Kernels held as directions and lengths, or divided by how much they can stretch. */

import { ArgumentError, np, operation, stopGradient, type Tensor } from '@puregrad/core'
import { unitOf } from '../functions/lengths.js'
import { ones } from '../initializers/constant.js'
import { normal } from '../initializers/distributions.js'
import type { Layer } from '../layer.js'
import { type LeafPlan, leaf, under } from '../plan.js'
import type { CanStep, SteppingIf } from '../steps.js'
import { around } from './around.js'
import { childOf, type ErasedPlan, stated, stepsOf } from './erased.js'
import { kernelsOf, mapKernels } from './kernels.js'

export interface WeightNormParams<P> {
  /** The parameters of the layer; of its kernels only the direction counts. */
  readonly direction: P
  /** The length of each output's kernel, [features], by the place of the kernel, such as 'kernel'. 1 at first. */
  readonly scale: Readonly<Record<string, Tensor>>
}

export interface WeightNormOptions {
  /** Added to squared lengths: 1e-12 unless said. */
  readonly epsilon?: number
}

/** Something for every kernel of a plan, by its place and under a name. */
const forKernels = (
  name: string,
  { params }: ErasedPlan,
  of: (path: string, kernel: LeafPlan) => LeafPlan,
): Readonly<Record<string, LeafPlan>> =>
  under(name, Object.fromEntries(kernelsOf<LeafPlan>(params).map(([path, kernel]) => [path, of(path, kernel)])))

const matrixOf = (kernel: Tensor): Tensor => kernel.reshape([-1, kernel.shape[kernel.ndim - 1] as number])

/**
 * The same layer with kernels scale · v / ‖v‖, one length per output, so that length and direction are learnt apart (Salimans &
 * Kingma 2016). Every parameter of two axes or more is taken for a kernel.
 * @example init(weightNorm(dense(8)), [4], random.key(0)).params.scale.kernel?.shape // [8]
 */
export const weightNorm = operation(
  'weightNorm',
  { at: 1, names: ['epsilon'] },
  <P, S, I, O, L>(
    layer: Layer<P, S, I, O> & L,
    { epsilon = 1e-12 }: WeightNormOptions = {},
  ): Layer<WeightNormParams<P>, S, I, O> & SteppingIf<CanStep<L>, WeightNormParams<P>, S, I, O> => {
    const normalized = (params: unknown): unknown => {
      const { direction, scale } = params as WeightNormParams<unknown>
      return mapKernels((kernel, path) => {
        const { inverse } = unitOf(kernel, null)
        // Below 1, epsilon is what counts: only huge kernels are brought closer.
        const down = np.minimum(inverse, 1).reshape([])
        const direction = kernel.mul(down)
        const squares = np.sum(np.square(matrixOf(direction)), { axis: 0 })
        return direction.mul((scale[path] as Tensor).div(np.sqrt(squares.add(np.square(down).mul(epsilon)))))
      }, direction)
    }
    return stated(
      around({
        name: `weightNorm(${layer.name})`,
        child: childOf(layer),
        held: (planned) => {
          const scale = forKernels('scale', planned, (path, { shape }) => leaf(path, shape.slice(-1), ones))
          return { ...planned, params: { direction: planned.params, scale } }
        },
        see: (params, state) => ({ params: normalized(params), state }),
      }),
    )
  },
)

export interface SpectralNormState<S> {
  readonly layer: S
  /** An estimate of the right singular vector of the largest singular value, [features], by the place of the kernel. */
  readonly vector: Readonly<Record<string, Tensor>>
}

type Vectors = Readonly<Record<string, Tensor>>

const warmUp = 15 // iterations of torch.nn.utils.parametrizations.spectral_norm before the first step

/** A kernel times a power of two, which changes no digit, so that its elements are about 1: σ is found whatever its size. */
const nearOne = (kernel: Tensor): Tensor => {
  const [, exponent] = np.frexp(np.max(np.abs(stopGradient(kernel)), { initial: 0 }))
  return np.ldexp(kernel, exponent.neg())
}

export interface SpectralNormOptions {
  /** Steps of the power iteration in each training step: 1 unless said. */
  readonly iterations?: number
  /** Added to squared lengths, of kernels whose largest element is about 1: 1e-12 unless said. */
  readonly epsilon?: number
}

/**
 * The same layer with kernels divided by their largest singular value σ, so that no linear map inside stretches (Miyato et al.
 * 2018). Training improves the estimate of σ by power iteration, whose vectors are the state and count as constants in
 * gradients; evaluation takes it as it is. `init` has made 15 such steps. A kernel of zeros stays one.
 * @example
 * const critic = spectralNorm(dense(8))
 * const { params, state } = init(critic, [4], random.key(0))
 * critic.apply(params, state, np.ones([1, 4]), { mode: 'train', key: random.key(1) })[1].vector.kernel?.shape // [8]
 */
export const spectralNorm = operation(
  'spectralNorm',
  { at: 1, names: ['iterations', 'epsilon'] },
  <P, S, I, O, L>(
    layer: Layer<P, S, I, O> & L,
    { iterations = 1, epsilon = 1e-12 }: SpectralNormOptions = {},
  ): Layer<P, SpectralNormState<S>, I, O> & SteppingIf<CanStep<L>, P, SpectralNormState<S>, I, O> => {
    const name = `spectralNorm(${layer.name})`
    const child = childOf(layer)
    const unit = (x: Tensor): Tensor => x.div(np.sqrt(np.sum(np.square(x)).add(epsilon)))
    const improved = (matrix: Tensor, right: Tensor, steps: number): Tensor => {
      let better = unit(right)
      for (let i = 0; i < steps; i++) better = unit(np.matmul(unit(np.matmul(matrix, better)), matrix))
      return better
    }
    const divided = (params: unknown, state: unknown, training: boolean): readonly [unknown, unknown, Vectors] => {
      const { layer: inner, vector } = state as SpectralNormState<unknown>
      const next: Record<string, Tensor> = {}
      const kernels = mapKernels((kernel, path) => {
        const near = nearOne(kernel)
        const matrix = matrixOf(near)
        const fixed = stopGradient(matrix)
        const right = improved(fixed, vector[path] as Tensor, training ? iterations : 0)
        next[path] = training ? right : (vector[path] as Tensor)
        const left = unit(np.matmul(fixed, right))
        const stretch = np.sum(left.mul(np.matmul(matrix, right)))
        return near.div(np.where(stretch.eq(0), 1, stretch))
      }, params)
      return [kernels, inner, next]
    }
    const warmedUp = (kernel: Tensor, right: Tensor): Tensor => improved(nearOne(matrixOf(kernel)), right, warmUp)
    return stated(
      around({
        name,
        child,
        held: (planned) => {
          const vector = forKernels('vector', planned, (path, kernel) => ({
            ...leaf(path, kernel.shape.slice(-1), normal({ stddev: 1 })),
            after: { leaf: kernel, depth: 2, become: warmedUp },
          }))
          return { ...planned, state: { layer: planned.state, vector } }
        },
        see: (params, state, isTraining) => {
          const [kernels, inner, vector] = divided(params, state, isTraining)
          return { params: kernels, state: inner, behind: (layer) => ({ layer, vector }) }
        },
        start: (params, batch, length, options = {}) => {
          const { startCache } = stepsOf(name, child)
          if (options.state !== undefined) {
            const [kernels, state] = divided(params, options.state, false)
            return startCache(kernels, batch, length, { ...options, state })
          }
          if (options.memory === undefined) return startCache(params, batch, length, options)
          throw new ArgumentError(
            `${name}: startCache projects the memory by kernels that the state says how to divide, and has no state. ` +
              'Give it: startCache(model, params, batch, length, { memory, state }).',
          )
        },
      }),
    )
  },
)
