/** What a parameter is for that its shape does not say, so that weights from elsewhere cannot silently be something else. */
import type { Tensor } from './tensor.js'

export interface About {
  /**
   * How a kernel is read where another way has the same shape: 'channelsLast' by convolutions (and transposed ones with
   * `transposeKernel: true`), 'spread' by transposed ones without it, 'bilinear' by bilinear layers.
   */
  readonly layout?: 'channelsLast' | 'spread' | 'bilinear'
  /** What a norm adds to the variance. */
  readonly epsilon?: number
}

const abouts = new WeakMap<Tensor, About>()

/**
 * The tensor, of which `aboutOf` then tells this.
 * @internal
 */
export const withAbout = <T>(x: T, about: About): T => {
  abouts.set(x as Tensor, about)
  return x
}

/**
 * What the layer said of a tensor that `init` made; nothing of tensors that were made otherwise.
 * @example aboutOf(init(layerNorm(), [2], random.key(0)).params.scale) // { epsilon: 0.000001 }
 */
export const aboutOf = (x: Tensor): About => abouts.get(x) ?? {}
