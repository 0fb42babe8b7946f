/** Diffusion: Ho, Jain & Abbeel 2020, Denoising diffusion probabilistic models; sampled as in Song, Meng & Ermon 2021. */
import { ArgumentError, np, operation, RangeError, random, ShapeError, scan, type Tensor } from '@puregrad/core'
import type { Key } from '@puregrad/nn'

export interface DiffusionOptions {
  /** How many steps lead from an image to noise: 1000 unless said. */
  readonly steps?: number
  /** How much of the image is left at each: 'cosine' (Nichol & Dhariwal 2021, equation 17) unless said, or the paper's 'linear'. */
  readonly schedule?: 'cosine' | 'linear'
  /** What the network says of a noisy image: its 'noise' (ε) unless said, or its 'velocity' (v; Salimans & Ho 2022). */
  readonly predicts?: 'noise' | 'velocity'
}

/** What a network says of noisy images [batch, …] at times [batch], int32: their noise or their velocity. */
export type Denoise = (x: Tensor, time: Tensor) => Tensor

export interface DiffusionSampling {
  /** How many of the steps are taken, spread evenly: 50 unless said. */
  readonly steps?: number
  /** How much noise comes back at each, η: 0 unless said, which is DDIM; 1 with all steps is DDPM. */
  readonly eta?: number
  /** Whether pixels of the image that is guessed at each step are kept from −1 to 1: true unless said. */
  readonly clip?: boolean
  /** The noise to start from, which with η = 0 decides everything: drawn unless given. */
  readonly start?: Tensor
}

/** A normal distribution of independent numbers. */
export interface DiffusionStep {
  readonly mean: Tensor
  /** [] */
  readonly variance: Tensor
}

/** The process that turns images from −1 to 1 into noise, and back. Times count from 0, the least noisy, to steps − 1. */
export interface Diffusion {
  /** ᾱ, the share of an image's variance that is left at each time: float32 [steps], falling. */
  readonly kept: Tensor
  /** q(xₜ | x₀), equation 4: √ᾱ x + √(1 − ᾱ) noise. */
  readonly noised: (x: Tensor, time: Tensor, noise: Tensor) => Tensor
  /** What the network is to say of that. */
  readonly target: (x: Tensor, time: Tensor, noise: Tensor) => Tensor
  /** The image and the noise that a prediction for a noisy image stands for. */
  readonly guess: (noisy: Tensor, time: Tensor, predicted: Tensor) => { readonly image: Tensor; readonly noise: Tensor }
  /** q(xₜ₋₁ | xₜ, x₀) at one time from 1 up, equations 6 and 7. */
  readonly posterior: (x: Tensor, noisy: Tensor, time: number) => DiffusionStep
  /** Mean squared error of what is said at random times, one per example (equation 14). */
  readonly loss: (denoise: Denoise, x: Tensor, key: Key) => Tensor
  /** Images out of noise, one loop, which jits. */
  readonly sample: (denoise: Denoise, shape: readonly number[], key: Key, options?: DiffusionSampling) => Tensor
}

/** In JavaScript's float64, since 1 − ᾱ loses its digits next to the image. */
const schedules: Readonly<Record<'cosine' | 'linear', (steps: number) => readonly number[]>> = {
  cosine: (steps) => {
    const offset = 0.008 // "a small offset s to prevent β from being too small near t = 0"
    const f = (t: number): number => Math.cos(((t / steps + offset) / (1 + offset)) * (Math.PI / 2)) ** 2
    let kept = 1
    return Array.from({ length: steps }, (_, i) => {
      kept *= 1 - Math.min(1 - f(i + 1) / f(i), 0.999)
      return kept
    })
  },
  linear: (steps) => {
    let kept = 1
    // 10⁻⁴ to 0.02 over 1000 steps (section 4), and as much noise in all over others.
    const [low, high] = [0.1 / steps, 20 / steps]
    return Array.from({ length: steps }, (_, i) => {
      kept *= 1 - Math.min(low + ((high - low) * i) / Math.max(1, steps - 1), 0.999)
      return kept
    })
  },
}

const checkSampling = (
  name: string,
  total: number,
  { steps = Math.min(50, total), eta = 0, clip = true }: DiffusionSampling,
) => {
  if (!Number.isInteger(steps) || steps < 1 || steps > total)
    throw new RangeError(
      `${name}: steps is ${steps}, and has to be a whole number from 1 to the ${total} that there are.`,
    )
  if (!(eta >= 0 && eta <= 1)) throw new RangeError(`${name}: eta is ${eta}, and has to be from 0 to 1.`)
  return { steps, eta, clip }
}

/**
 * The process of a diffusion model. A network learns what noise there is in images at random times; images are made by taking away,
 * step by step, what it sees in pure noise.
 * @throws RangeError for a number of steps that is no whole number from 2 up; ArgumentError for schedules and predictions that there are not
 * @example
 * const process = diffusion({ steps: 100 })
 * const still = (x: Tensor) => x // a network that takes all for noise
 * process.loss(still, np.zeros([4, 8, 8, 1]), random.key(0)).shape // [4]
 * jit((key: Tensor) => process.sample(still, [2, 8, 8, 1], key, { steps: 10 }))(random.key(1)).shape // [2, 8, 8, 1]
 * const time = np.array([0, 99], { dtype: 'int32' })
 * np.take(process.kept, time, { axis: 0 }).gt(0.5) // [true, false]
 */
export const diffusion = operation(
  'diffusion',
  { at: 0, names: ['steps', 'schedule', 'predicts'] },
  ({ steps = 1000, schedule = 'cosine', predicts = 'noise' }: DiffusionOptions = {}): Diffusion => {
    if (!Number.isInteger(steps) || steps < 2)
      throw new RangeError(`diffusion: steps is ${steps}, and has to be a whole number from 2 up.`)
    if (schedule !== 'cosine' && schedule !== 'linear')
      throw new ArgumentError(`diffusion: the schedule is '${schedule}', and has to be 'cosine' or 'linear'.`)
    if (predicts !== 'noise' && predicts !== 'velocity')
      throw new ArgumentError(`diffusion: predicts is '${predicts}', and has to be 'noise' or 'velocity'.`)
    const shares = schedules[schedule](steps)
    const [signals, noises] = [shares.map(Math.sqrt), shares.map((kept) => Math.sqrt(1 - kept))]

    /** Numbers of each time beside images. */
    const at = (values: readonly number[], time: Tensor, x: Tensor): Tensor =>
      np
        .take(np.array(values, { dtype: x.dtype }), time, { axis: 0, mode: 'clip' })
        .reshape([x.shape[0] as number, ...x.shape.slice(1).map(() => 1)])
    const both = (time: Tensor, x: Tensor): readonly [signal: Tensor, noise: Tensor] => [
      at(signals, time, x),
      at(noises, time, x),
    ]
    const noised: Diffusion['noised'] = (x, time, noise) => {
      const [signal, share] = both(time, x)
      return x.mul(signal).add(noise.mul(share))
    }
    const target: Diffusion['target'] = (x, time, noise) => {
      if (predicts === 'noise') return noise
      const [signal, share] = both(time, x)
      return noise.mul(signal).sub(x.mul(share))
    }
    const guessBy = (
      noisy: Tensor,
      [signal, share]: readonly [Tensor, Tensor],
      predicted: Tensor,
    ): ReturnType<Diffusion['guess']> =>
      predicts === 'noise'
        ? { image: noisy.sub(predicted.mul(share)).div(signal), noise: predicted }
        : {
            image: noisy.mul(signal).sub(predicted.mul(share)),
            noise: noisy.mul(share).add(predicted.mul(signal)),
          }

    const sample: Diffusion['sample'] = (denoise, shape, key, options = {}) => {
      const { steps: taken, eta, clip } = checkSampling('diffusion.sample', steps, options)
      if (shape.length < 2)
        throw new ShapeError(`diffusion.sample: the shape is [${shape}], and begins with how many images there are.`)
      const times = Array.from({ length: taken }, (_, i) =>
        taken === 1 ? steps - 1 : Math.round(((steps - 1) * (taken - 1 - i)) / (taken - 1)),
      )
      const before = times.map((_, i) => (i === taken - 1 ? 1 : (shares[times[i + 1] as number] as number)))
      const now = times.map((t) => shares[t] as number)
      // Song et al. 2021, equation 16; between 1 and DDPM's it is its posterior's.
      const fresh = now.map((kept, i) => {
        const next = before[i] as number
        return eta * Math.sqrt(((1 - next) / (1 - kept)) * (1 - kept / next))
      })
      const row = (values: readonly number[]): Tensor => np.array(values, { dtype: 'float32' })
      const table = {
        time: np.array(times, { dtype: 'int32' }),
        signal: row(now.map(Math.sqrt)),
        share: row(now.map((kept) => Math.sqrt(1 - kept))),
        next: row(before.map(Math.sqrt)),
        left: row(before.map((kept, i) => Math.sqrt(Math.max(0, 1 - kept - (fresh[i] as number) ** 2)))),
        fresh: row(fresh),
        number: np.arange(taken, { dtype: 'int32' }),
      }
      const start = options.start ?? random.normal(random.foldIn(key, taken), shape)
      if (String(start.shape) !== String(shape))
        throw new ShapeError(
          `diffusion.sample: start is [${start.shape}] and images are [${shape}]. Give noise of their shape.`,
        )
      const step = (x: Tensor, { time, signal, share, next, left, fresh, number }: typeof table) => {
        const said = denoise(x, np.broadcastTo(time, [shape[0] as number]))
        const { image, noise } = guessBy(x, [signal, share], said)
        const kept = clip ? np.clip(image, -1, 1) : image
        // Of a clipped image, the noise is what is left.
        const rest = clip ? x.sub(kept.mul(signal)).div(share) : noise
        const drawn = random.normal(random.foldIn(key, number), shape).mul(fresh)
        return [kept.mul(next).add(rest.mul(left)).add(drawn), null] as const
      }
      return scan(step as never, start as never, table as never)[0] as unknown as Tensor
    }

    return {
      kept: np.array(shares, { dtype: 'float32' }),
      noised,
      target,
      guess: (noisy, time, predicted) => guessBy(noisy, both(time, noisy), predicted),
      posterior: (x, noisy, time) => {
        if (!Number.isInteger(time) || time < 1 || time >= steps)
          throw new RangeError(
            `diffusion.posterior: the time is ${time}, and has to be a whole number from 1 to ${steps - 1}.`,
          )
        const [kept, before] = [shares[time] as number, shares[time - 1] as number]
        const alpha = kept / before
        const beta = 1 - alpha
        const mean = x
          .mul((Math.sqrt(before) * beta) / (1 - kept))
          .add(noisy.mul((Math.sqrt(alpha) * (1 - before)) / (1 - kept)))
        return { mean, variance: np.array(((1 - before) / (1 - kept)) * beta, { dtype: x.dtype }) }
      },
      loss: (denoise, x, key) => {
        const [timeKey, noiseKey] = [...random.split(key)] as [Key, Key]
        const time = random.randint(timeKey, [x.shape[0] as number], 0, steps)
        const noise = random.normal(noiseKey, x.shape).astype(x.dtype)
        const said = denoise(noised(x, time, noise), time)
        const axis = Array.from({ length: x.ndim - 1 }, (_, i) => i + 1)
        return np.mean(np.square(said.sub(target(x, time, noise))), { axis })
      },
      sample,
    }
  },
)

/**
 * Classifier-free guidance (Ho & Salimans 2022, equation 6): what a network says of images of a condition, moved away from what it says of any:
 * any + scale · (conditioned − any). 1 is the condition alone; more makes images more like their class, and more alike.
 * @param denoise a network that also takes conditions [batch]  @param condition what images shall be of  @param none stands for any
 * @example
 * const says = (x: Tensor, time: Tensor, condition: Tensor) => x.mul(0).add(condition.reshape([-1, 1]).astype('float32'))
 * const guide = guided(says, np.array([3], { dtype: 'int32' }), np.array([1], { dtype: 'int32' }), 2)
 * guide(np.ones([1, 1]), np.array([0], { dtype: 'int32' })).item() // 5
 */
export const guided = operation(
  'guided',
  {},
  (
    denoise: (x: Tensor, time: Tensor, condition: Tensor) => Tensor,
    condition: Tensor,
    none: Tensor,
    scale: number | Tensor,
  ): Denoise => {
    if (typeof scale === 'number' && !Number.isFinite(scale))
      throw new RangeError(`guided: the scale is ${scale}, and has to be a number such as 2.`)
    return (x, time) => {
      const twice = (a: Tensor, b = a): Tensor => np.concatenate([a, b])
      const [of, any] = np.split(denoise(twice(x), twice(time), twice(condition, none)), 2) as readonly [Tensor, Tensor]
      return any.add(of.sub(any).mul(scale))
    }
  },
)
