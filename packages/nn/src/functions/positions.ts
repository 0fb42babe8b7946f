/** Where a token stands, as numbers: waves of many lengths, added to features or turning them. */
import { np, operation, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { type WithOptions, withOptions } from '../dual.js'

const waveBase = 10000 // Vaswani et al. 2017, section 3.5

export interface WaveOptions {
  /** The ratio of the longest wave to the shortest: 10000 unless said. */
  readonly base?: number
}

/**
 * Sines and cosines of positions (Vaswani et al. 2017): sin(t / base^(2i / features)) at 2i and the cosine at 2i + 1.
 * @returns float32[length, features], or float64 if asked for
 * @throws ShapeError if features are odd
 * @example sinusoidalPositions(50, 64).shape // [50, 64]
 */
export const sinusoidalPositions = operation(
  'sinusoidalPositions',
  { at: 2, numbers: ['length', 'features'], names: ['base', 'dtype'] },
  (
    length: number,
    features: number,
    { base = waveBase, dtype = 'float32' }: WaveOptions & { readonly dtype?: 'float32' | 'float64' } = {},
  ): Tensor => {
    if (features % 2 !== 0) {
      throw new ShapeError(
        `sinusoidalPositions: ${features} features have no halves for sines and cosines. Take an even number.`,
      )
    }
    // In JavaScript's float64: in float32, angles of late positions would have lost their last digits.
    const rows = Array.from({ length }, (_, t) =>
      Array.from({ length: features }, (__, i) => {
        const angle = t / base ** ((i - (i % 2)) / features)
        return i % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
      }),
    )
    return np.array(rows, { dtype }).reshape([length, features])
  },
)

export interface RopeOptions extends WaveOptions {
  /** The position of each time, integers [time] or [batch, time]: 0, 1, 2, … unless given. */
  readonly positions?: Tensor
}

/**
 * Rotary positions (Su et al. 2021): feature i of the first half and its partner in the second are turned by position ·
 * base^(−2i / size), so that products of queries and keys depend on distances alone.
 * @param x [batch, time, heads, size] or [time, heads, size], of even size
 * @throws ShapeError if sizes do not fit
 * @example rope(np.ones([1, 1, 1, 4])).reshape([4]).toArray() // [1, 1, 1, 1]
 */
export const rope: WithOptions<RopeOptions> = withOptions(
  'rope',
  ['positions', 'base'],
  (x, { base = waveBase, positions }) => {
    const size = x.shape[x.ndim - 1] as number
    const time = x.shape[x.ndim - 3]
    if (time === undefined || size % 2 !== 0 || (positions !== undefined && positions.shape.at(-1) !== time)) {
      throw new ShapeError(
        `rope: x ${x.dtype}[${x.shape}] has to be [..., time, heads, size] of even size` +
          `${positions === undefined ? '' : `, and positions [${positions.shape}] one for each time`}. Split heads before.`,
      )
    }
    const half = size / 2
    const speeds = np.array(
      Array.from({ length: half }, (_, i) => base ** (-i / half)),
      { dtype: x.dtype },
    )
    const at = (positions ?? np.arange(time)).astype(x.dtype)
    const angles = np.expandDims(at, -1).mul(speeds)
    const broad = angles.reshape([...angles.shape.slice(0, -1), 1, half] satisfies Shape)
    const [cos, sin] = [np.cos(broad), np.sin(broad)]
    const [first, second] = np.split(x, 2, { axis: -1 }) as [Tensor, Tensor]
    return np.concatenate([first.mul(cos).sub(second.mul(sin)), second.mul(cos).add(first.mul(sin))], { axis: -1 })
  },
)
