/** The bilinear layer: products of two inputs, each pair of features with a weight of its own. */
import { np, operation, type Tensor } from '@puregrad/core'
import { type Layer, stateless } from '../layer.js'
import { refuse, unlessRefused } from '../refusal.js'
import { positionwise, type Stepping } from '../steps.js'
import { type Affine, type DenseParams, type KernelOptions, planKernel, type WithBias } from './dense.js'

/**
 * (x, y) ↦ Σᵢⱼ xᵢ kernelᵢⱼₖ yⱼ + biasₖ, along the last axes of two inputs that agree in all others.
 * @param features how many numbers come out
 * @returns a layer from [[batch, …, n], [batch, …, m]] to [batch, …, features], with a kernel [n, m, features]
 * @example init(bilinear(3), [[4], [5]], random.key(0)).params.kernel.shape // [4, 5, 3]
 */
export const bilinear = operation(
  'bilinear',
  { at: 1, numbers: ['features'], names: ['useBias', 'kernelInit', 'biasInit'] },
  <const B extends boolean = true>(
    features: number,
    options: KernelOptions<B> = {},
  ): Layer<WithBias<DenseParams, B>, null, readonly [Tensor, Tensor], Tensor> &
    Stepping<WithBias<DenseParams, B>, null, readonly [Tensor, Tensor], Tensor, null> => {
    const name = `bilinear(${features})`
    const layer = stateless<WithBias<DenseParams, B>, readonly [Tensor, Tensor], Tensor>(
      name,
      unlessRefused((input) => {
        const [a, b] = input
        const [n, m] = [a?.at?.(-1), b?.at?.(-1)]
        if (n === undefined || m === undefined || a.slice(0, -1).join() !== b.slice(0, -1).join())
          return refuse(
            name,
            `takes two inputs [..., features] that agree in all sizes but the last, and the shapes are ${JSON.stringify(input)}.`,
            'Pass a list of two shapes, or put fanOut before it.',
          )
        const params = planKernel([n, m, features], options, { layout: 'bilinear' })
        return { params, out: [...a.slice(0, -1), features] }
      }),
      (params, [x, y]) => {
        const { kernel, bias }: Affine = params
        const [n, m, count] = kernel.shape as unknown as readonly [number, number, number]
        if (x.shape[x.ndim - 1] !== n || y.shape[y.ndim - 1] !== m)
          refuse(
            name,
            `inputs [${x.shape}] and [${y.shape}] do not fit the kernel [${kernel.shape}].`,
            'Call init with the shapes of these inputs.',
          )
        const products = np.expandDims(x, -1).mul(np.expandDims(y, -2))
        const flat = products.reshape([...products.shape.slice(0, -2), n * m])
        const z = np.matmul(flat, kernel.reshape([n * m, count]))
        return bias === undefined ? z : z.add(bias)
      },
    )
    return positionwise(layer)
  },
)
