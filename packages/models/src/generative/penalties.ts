/** What keeps a critic smooth: penalties of how steep it is, one number per example. */
import { grad, np, operation, type Path, RangeError, type Tensor, tree } from '@puregrad/core'
import { type Key, losses } from '@puregrad/nn'

/**
 * A penalty of a critic, one per example, [batch], beside real and generated images. The critic gives one number per image; where it
 * has batch normalisation, images of a batch are no examples by themselves.
 */
export type AdversarialPenalty = (critic: (x: Tensor) => Tensor, real: Tensor, fake: Tensor, key: Key) => Tensor

const checkWeight = (name: string, weight: number): void => {
  if (!(weight >= 0 && Number.isFinite(weight)))
    throw new RangeError(`${name}: the weight is ${weight}, and has to be a number from 0 up.`)
}

export interface R1PenaltyOptions {
  /** γ: 10 unless said. */
  readonly weight?: number
}

/**
 * R1: γ/2 ‖∇critic(x)‖² at real images x (Mescheder et al. 2018, equation 9), which makes the game converge where the generator is
 * right.
 * @throws RangeError for a weight below 0
 * @example
 * const critic = (x: Tensor) => np.sum(x.mul(3), { axis: 1 })
 * r1Penalty({ weight: 2 })(critic, np.ones([2, 1]), np.zeros([2, 1]), random.key(0)).toArray() // [9, 9]
 */
export const r1Penalty = operation(
  'r1Penalty',
  { at: 0, names: ['weight'] },
  ({ weight = 10 }: R1PenaltyOptions = {}): AdversarialPenalty => {
    checkWeight('r1Penalty', weight)
    return (critic, real) => {
      const slope = grad((x: Tensor) => np.sum(critic(x)))(real)
      const axis = Array.from({ length: real.ndim - 1 }, (_, i) => i + 1)
      return np.sum(np.square(slope), { axis }).mul(weight / 2)
    }
  },
)

export interface WganPenaltyOptions extends losses.GradientPenaltyOptions {
  /** λ: 10 unless said. */
  readonly weight?: number
}

/**
 * WGAN-GP: λ (‖∇critic(x)‖ − 1)² at random points x between real and generated images (Gulrajani et al. 2017, equation 3), as
 * `losses.gradientPenalty` has it.
 * @throws RangeError for a weight below 0
 * @example
 * const critic = (x: Tensor) => np.sum(x.mul(3), { axis: 1 })
 * wganPenalty({ weight: 2 })(critic, np.ones([2, 1]), np.zeros([2, 1]), random.key(0)).toArray() // [8, 8]
 */
export const wganPenalty = operation(
  'wganPenalty',
  { at: 0, names: ['weight', 'target', 'epsilon'] },
  ({ weight = 10, ...options }: WganPenaltyOptions = {}): AdversarialPenalty => {
    checkWeight('wganPenalty', weight)
    return (critic, real, fake, key) => losses.gradientPenalty(critic, real, fake, key, options).mul(weight)
  },
)

export interface OrthogonalPenaltyOptions {
  /** β: 1e-4 unless said. */
  readonly weight?: number
  /** Names in the paths of parameters that are left alone, such as ['shared']: none unless said. */
  readonly except?: readonly string[]
}

/**
 * Orthogonal regularisation: β Σ ‖WᵀW ⊙ (1 − I)‖², which keeps columns of kernels apart and leaves their lengths free (Brock et al.
 * 2019, equation 3), so that a generator bears truncation. Every parameter of two axes or more is a kernel, its last axis the columns.
 * @returns a function from parameters to a number, for the `regularise` of `adversarial`
 * @throws RangeError for a weight below 0
 * @example orthogonalPenalty({ weight: 1 })({ kernel: np.array([[1, 1], [0, 1]]), bias: np.array([5, 5]) }).item() // 2
 */
export const orthogonalPenalty = operation(
  'orthogonalPenalty',
  { at: 0, names: ['weight', 'except'] },
  ({ weight = 1e-4, except = [] }: OrthogonalPenaltyOptions = {}): ((params: unknown) => Tensor) => {
    checkWeight('orthogonalPenalty', weight)
    const apart = (kernel: Tensor): Tensor => {
      const columns = kernel.reshape([-1, kernel.shape[kernel.ndim - 1] as number])
      const products = np.matmul(columns.T, columns)
      const same = np.eye(products.shape[0] as number, { dtype: kernel.dtype })
      return np.sum(np.square(products.sub(products.mul(same))))
    }
    return (params) => {
      const counted = (path: Path, leaf: Tensor): boolean =>
        leaf.ndim >= 2 && !path.some((name) => except.includes(String(name)))
      const parts = tree.mapWithPath(
        (path, leaf) => (counted(path, leaf as Tensor) ? apart(leaf as Tensor) : np.array(0)),
        params as never,
      )
      return (tree.leaves(parts as never) as readonly Tensor[])
        .reduce((sum, part) => sum.add(part), np.array(0))
        .mul(weight)
    }
  },
)
