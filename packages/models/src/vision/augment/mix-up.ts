import { DTypeError, np, operation, RangeError, random, ShapeError, type Tensor, tree } from '@puregrad/core'
import type { Key } from '@puregrad/nn'

export interface MixUpOptions {
  /** Both parameters of the beta distribution of weights: small ones leave examples nearly alone. 0.2 unless said. */
  readonly alpha?: number
}

/**
 * Every example of a batch mixed with another one of it, in all of its parts: λ · one + (1 − λ) · other with λ from Beta(α, α), drawn for
 * each. Labels have to be one-hot. Zhang et al. 2018.
 * @param batch any tree of float tensors with the batch first
 * @throws RangeError for α that is not above 0; DTypeError for what is no float; ShapeError unless all have one batch axis
 * @example
 * const batch = { image: np.ones([8, 4, 4, 3]), label: oneHot(np.arange(8), 8) }
 * const mixed = augment.mixUp(random.key(0), batch, { alpha: 0.4 })
 * np.allclose(mixed.label.sum({ axis: 1 }), 1) // true
 */
export const mixUp = operation(
  'augment.mixUp',
  { at: 2, names: ['alpha'] },
  <T>(key: Key, batch: T, { alpha = 0.2 }: MixUpOptions = {}): T => {
    if (!(alpha > 0)) throw new RangeError(`augment.mixUp: alpha is ${alpha}, and has to be above 0.`)
    const sizes = new Set((tree.leaves(batch as never) as readonly Tensor[]).map((x) => x.shape?.[0]))
    const [count] = [...sizes]
    if (sizes.size !== 1 || count === undefined)
      throw new ShapeError(
        `augment.mixUp: the first axes are [${[...sizes]}], and have to be one batch axis for all tensors.`,
      )
    const [forWeights, forOrder] = random.split(key) as unknown as [Key, Key]
    const weights = random.beta(forWeights, alpha, alpha, [count])
    const order = random.permutation(forOrder, count)
    return tree.map((leaf: unknown) => {
      const x = leaf as Tensor
      if (!/float/.test(x.dtype))
        throw new DTypeError(
          `augment.mixUp: a ${x.dtype}[${x.shape}] cannot be mixed. Make classes one-hot, nn.oneHot(labels, classes), and bytes floats.`,
        )
      const weight = weights.astype(x.dtype).reshape([count, ...x.shape.slice(1).map(() => 1)])
      return x.mul(weight).add(np.take(x, order, { axis: 0 }).mul(np.subtract(1, weight)))
    }, batch as never) as T
  },
)
