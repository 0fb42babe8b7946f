/** VAE: Kingma & Welling 2014, Auto-encoding variational Bayes, with convolutions. */
import { np, operation, RangeError, random, ShapeError, scan, type Tensor } from '@puregrad/core'
import {
  block,
  conv2d,
  convTranspose2d,
  dense,
  flatten,
  type Key,
  type Layer,
  logsumexp,
  losses,
  named,
  relu,
  reshape,
  type TensorStage,
  type Variables,
} from '@puregrad/nn'
import { checkCounts, doublingOf } from './sizes.js'

export interface VaeOptions {
  /** Pixels a side, 4 to 7 times a power of two, such as 28 or 32: 28 unless said. */
  readonly size?: number
  /** Channels of the images: 1 unless said. */
  readonly channels?: number
  /** Channels of the level next to the images; every level inwards has twice as many: 32 unless said. */
  readonly width?: number
  /** How many numbers an image is told in: 16 unless said. */
  readonly latent?: number
}

/** A normal distribution of independent numbers, [batch, latent] each. */
export interface VaeEncoding {
  readonly mean: Tensor
  readonly logVariance: Tensor
}

/** What is left of images [batch, size, size, channels] that were told in a few numbers: logits of pixels, and those numbers. */
export interface VaeOutput extends VaeEncoding {
  readonly logits: Tensor
}

/** Parameters of encoder and decoder by the names of their layers. */
export interface VaeParams {
  readonly encoder: Readonly<Record<string, unknown>>
  readonly decoder: Readonly<Record<string, unknown>>
}
export type VaeState = Readonly<Record<'encoder' | 'decoder', unknown>>

/** The whole, and its halves, which take `params.encoder` and `params.decoder`. */
export interface Vae extends Layer<VaeParams, VaeState, Tensor, VaeOutput> {
  readonly encoder: Layer<VaeParams['encoder'], unknown, Tensor, VaeEncoding>
  /** From latents to the logits of pixels. */
  readonly decoder: Layer<VaeParams['decoder'], unknown>
}

/** mean + √variance · noise, by which gradients reach both ("the reparameterization trick", section 2.4). */
const drawn = ({ mean, logVariance }: VaeEncoding, key: Key): Tensor =>
  mean.add(np.exp(logVariance.mul(0.5)).mul(random.normal(key, mean.shape).astype(mean.dtype)))

/**
 * A variational auto-encoder: images of pixels from 0 to 1 to a normal distribution of a few numbers, one drawn from it, and back to
 * the logits of pixels. Training draws, evaluation takes the mean. `vaeLoss` is what to train it by; new images are `sigmoid` of what
 * `decoder` makes of normal noise.
 * @throws RangeError for sizes that halving does not bring to 4 to 7 pixels
 * @example
 * const model = vae({ width: 4, latent: 3 })
 * const { params, state } = init(model, [28, 28, 1], random.key(0))
 * const x = np.full([2, 28, 28, 1], 0.5)
 * const [output] = model.apply(params, state, x, { mode: 'train', key: random.key(1) })
 * vaeLoss(output, x).shape // [2]
 * const [logits] = model.decoder.apply(params.decoder, state.decoder, np.zeros([5, 3]), { mode: 'eval' })
 * sigmoid(logits).shape // [5, 28, 28, 1]
 */
export const vae = operation(
  'vae',
  { at: 0, names: ['size', 'channels', 'width', 'latent'] },
  ({ size = 28, channels = 1, width = 32, latent = 16 }: VaeOptions = {}): Vae => {
    checkCounts('vae', { channels, width, latent })
    const { base, doublings } = doublingOf('vae', size)
    const levels = Array.from({ length: doublings }, (_, i) => i + 1)
    const inner = width * 2 ** (doublings - 1)
    const halvings: Readonly<Record<string, TensorStage>> = Object.fromEntries(
      levels.flatMap((i) => [
        [`conv${i}`, conv2d(width * 2 ** (i - 1), { kernelSize: 4, strides: 2, padding: 1 })],
        [`relu${i}`, relu],
      ]),
    )
    const encoder = block(
      { seen: named({ ...halvings, flat: flatten() }), mean: dense(latent), logVariance: dense(latent) },
      (run, x: Tensor): VaeEncoding => {
        const seen = run.seen(x)
        return { mean: run.mean(seen), logVariance: run.logVariance(seen) }
      },
      { name: 'vae.encoder' },
    )
    const doubled: Readonly<Record<string, TensorStage>> = Object.fromEntries(
      levels.flatMap((i) => [
        [`relu${i}`, relu],
        [
          `conv${i}`,
          convTranspose2d(i === doublings ? channels : width * 2 ** (doublings - 1 - i), {
            kernelSize: 4,
            strides: 2,
            padding: 1,
          }),
        ],
      ]),
    )
    const decoder = named({ project: dense(base * base * inner), image: reshape([base, base, inner]), ...doubled })
    const whole = block(
      { encoder, decoder },
      (run, x: Tensor, ctx): VaeOutput => {
        const encoded = run.encoder(x)
        return { ...encoded, logits: run.decoder(ctx.mode === 'train' ? drawn(encoded, ctx.key) : encoded.mean) }
      },
      { name: `vae(${size}, ${latent})` },
    )
    return { ...whole, encoder, decoder } as unknown as Vae
  },
)

/** How far a normal distribution is from the standard one, for each example: ½ Σ (μ² + σ² − 1 − log σ²). */
const divergence = ({ mean, logVariance }: VaeEncoding): Tensor =>
  np.sum(np.square(mean).add(np.exp(logVariance)).sub(1).sub(logVariance), { axis: 1 }).mul(0.5)

const checkPixels = (name: string, logits: Tensor, x: Tensor): void => {
  if (String(logits.shape) === String(x.shape)) return
  throw new ShapeError(
    `${name}: logits are [${logits.shape}] and images [${x.shape}]. Give it the images that the model was applied to.`,
  )
}

/** −log p(x | z), for each example. */
const reconstruction = (name: string, logits: Tensor, x: Tensor): Tensor => {
  checkPixels(name, logits, x)
  const axis = Array.from({ length: x.ndim - 1 }, (_, i) => i + 1)
  return np.sum(losses.sigmoidBinaryCrossEntropy(logits, x), { axis })
}

export interface VaeLossOptions {
  /** How much the divergence from the standard normal distribution counts: 1 unless said; others make a β-VAE (Higgins et al. 2017). */
  readonly beta?: number
}

/**
 * The negative of the evidence lower bound (equation 10): −log p(x | z) of independent pixels + β KL(q(z | x) ‖ N(0, 1)), in nats.
 * @param output what the model made of x in training  @param x pixels from 0 to 1
 * @returns one loss per example, [batch]
 * @throws ShapeError unless logits and images have one shape; RangeError for β below 0
 * @example
 * const output = { logits: np.zeros([1, 2]), mean: np.array([[1]]), logVariance: np.array([[0]]) }
 * vaeLoss(output, np.array([[0, 1]])).toArray() // [1.8862944]
 */
export const vaeLoss = operation(
  'vaeLoss',
  { at: 2, names: ['beta'] },
  ({ logits, ...encoded }: VaeOutput, x: Tensor, { beta = 1 }: VaeLossOptions = {}): Tensor => {
    if (!(beta >= 0)) throw new RangeError(`vaeLoss: beta is ${beta}, and has to be a number from 0 up.`)
    return reconstruction('vaeLoss', logits, x).add(divergence(encoded).mul(beta))
  },
)

export interface ImportanceBoundOptions {
  /** How many latents are drawn for each image: 64 unless said. More bring the bound closer. */
  readonly samples?: number
}

/**
 * The importance weighted bound of log p(x) (Burda, Grosse & Salakhutdinov 2016, equation 8): log 1/k Σ p(x | z) p(z) / q(z | x) over k
 * latents, in nats. With one it is the evidence lower bound, with many it comes close to log p(x) itself.
 * @returns one number per example, [batch]
 * @throws RangeError for a number of samples that is no whole number from 1 up
 * @example
 * const model = vae({ size: 8, width: 2, latent: 2 })
 * const variables = init(model, [8, 8, 1], random.key(0))
 * importanceBound(model, variables, np.ones([3, 8, 8, 1]), random.key(1), { samples: 5 }).shape // [3]
 */
export const importanceBound = operation(
  'importanceBound',
  { at: 4, names: ['samples'] },
  (
    { encoder, decoder }: Vae,
    { params, state }: Variables<VaeParams, VaeState>,
    x: Tensor,
    key: Key,
    { samples = 64 }: ImportanceBoundOptions = {},
  ): Tensor => {
    checkCounts('importanceBound', { samples })
    const [encoded] = encoder.apply(params.encoder, state.encoder, x, { mode: 'eval' })
    const { mean, logVariance } = encoded
    const weigh = (own: Key): Tensor => {
      const z = drawn(encoded, own)
      const [logits] = decoder.apply(params.decoder, state.decoder, z, { mode: 'eval' })
      // log p(z) − log q(z | x), in which the constants of both are the same.
      const apart = np.square(z.sub(mean)).div(np.exp(logVariance)).add(logVariance).sub(np.square(z))
      return np
        .sum(apart, { axis: 1 })
        .mul(0.5)
        .sub(reconstruction('importanceBound', logits, x))
    }
    const [, logs] = scan((carry: null, own: Key) => [carry, weigh(own)] as const, null, random.split(key, samples))
    return logsumexp(logs as unknown as Tensor, { axis: 0 }).sub(Math.log(samples))
  },
)
