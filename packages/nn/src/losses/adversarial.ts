/** Losses of generative adversarial networks, of the critic's logits for real and generated examples. One loss per logit. */
import { grad, np, operation, random, ShapeError, type Tensor } from '@puregrad/core'
import { elementwise } from '../dual.js'
import { logSigmoid } from '../functions/sigmoids.js'
import type { Key } from '../layer.js'

/** Two losses that pull apart: what the discriminator and what the generator should make small. */
export interface AdversarialLoss {
  readonly discriminator: (real: Tensor, fake: Tensor) => Tensor
  readonly generator: (fake: Tensor) => Tensor
}

const judge = (real: Tensor, fake: Tensor): Tensor => logSigmoid(real).add(logSigmoid(fake.neg())).neg()

/**
 * The game as it was proposed (Goodfellow et al. 2014, equation 1): −log σ(real) − log σ(−fake) against log σ(−fake).
 * @example losses.minimaxGan.discriminator(np.array([0]), np.array([0])).toArray() // [1.3862944]
 */
export const minimaxGan: AdversarialLoss = Object.freeze<AdversarialLoss>({
  discriminator: judge,
  generator: elementwise('losses.minimaxGan.generator', (fake) =>
    logSigmoid(fake.neg()),
  ) as AdversarialLoss['generator'],
})

/**
 * The same discriminator against −log σ(fake), whose gradient does not vanish while the discriminator wins (Goodfellow et al. 2014,
 * section 3).
 * @example losses.nonSaturatingGan.generator(np.array([0])).toArray() // [0.6931472]
 */
export const nonSaturatingGan: AdversarialLoss = Object.freeze<AdversarialLoss>({
  discriminator: judge,
  generator: elementwise('losses.nonSaturatingGan.generator', (fake) =>
    logSigmoid(fake).neg(),
  ) as AdversarialLoss['generator'],
})

/**
 * Least squares: ½ (real − 1)² + ½ fake² against ½ (fake − 1)² (Mao et al. 2017, equation 9).
 * @example losses.leastSquaresGan.discriminator(np.array([0]), np.array([1])).toArray() // [1]
 */
export const leastSquaresGan: AdversarialLoss = Object.freeze<AdversarialLoss>({
  discriminator: (real, fake) => np.square(real.sub(1)).add(np.square(fake)).mul(0.5),
  generator: (fake) => np.square(fake.sub(1)).mul(0.5),
})

/**
 * A margin: max(0, 1 − real) + max(0, 1 + fake) against −fake (Lim & Ye 2017).
 * @example losses.hingeGan.discriminator(np.array([0.5]), np.array([-2])).toArray() // [0.5]
 */
export const hingeGan: AdversarialLoss = Object.freeze<AdversarialLoss>({
  discriminator: (real, fake) => np.maximum(np.subtract(1, real), 0).add(np.maximum(fake.add(1), 0)),
  generator: (fake) => fake.neg(),
})

/**
 * Wasserstein's distance: fake − real against −fake (Arjovsky et al. 2017), for a critic kept smooth by `gradientPenalty` or
 * `spectralNorm`.
 * @example losses.wassersteinGan.discriminator(np.array([2]), np.array([0.5])).toArray() // [-1.5]
 */
export const wassersteinGan: AdversarialLoss = Object.freeze<AdversarialLoss>({
  discriminator: (real, fake) => fake.sub(real),
  generator: (fake) => fake.neg(),
})

export interface GradientPenaltyOptions {
  /** The slope that the critic should have: 1 unless said. */
  readonly target?: number
  /** Added to squared lengths under the root, whose derivative at 0 is infinite: 1e-12 unless said. */
  readonly epsilon?: number
}

/**
 * (‖∇critic(x)‖ − 1)² at random points x between real and generated examples (Gulrajani et al. 2017); the paper multiplies its
 * mean by 10. The gradient of this penalty is a second derivative.
 * @param critic from a batch to one number per example, each example by itself  @param key chooses the points
 * @returns one penalty per example, [batch]
 * @throws ShapeError unless real and fake have one shape
 * @example losses.gradientPenalty((x) => np.sum(x.mul(3), { axis: 1 }), np.ones([2, 1]), np.zeros([2, 1]), random.key(0)).toArray() // [4, 4]
 */
export const gradientPenalty = operation(
  'losses.gradientPenalty',
  { at: 4, names: ['target', 'epsilon'] },
  (
    critic: (x: Tensor) => Tensor,
    real: Tensor,
    fake: Tensor,
    key: Key,
    { target = 1, epsilon = 1e-12 }: GradientPenaltyOptions = {},
  ): Tensor => {
    if (real.ndim !== fake.ndim || real.shape.some((n, i) => n !== fake.shape[i])) {
      throw new ShapeError(
        `losses.gradientPenalty: real [${real.shape}] and fake [${fake.shape}] differ in shape. Generate as many examples as there are real ones.`,
      )
    }
    const share = random.uniform(key, [real.shape[0] as number, ...real.shape.slice(1).map(() => 1)]).astype(real.dtype)
    const between = real.mul(share).add(fake.mul(np.subtract(1, share)))
    const slope = grad((x: Tensor) => np.sum(critic(x)))(between)
    const axis = Array.from({ length: real.ndim - 1 }, (_, i) => i + 1)
    return np.square(np.sqrt(np.sum(np.square(slope), { axis }).add(epsilon)).sub(target))
  },
)
