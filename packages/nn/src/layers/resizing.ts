/** Layers that make images, sequences and volumes larger or smaller at their edges. */
import { np, operation, type Shape } from '@puregrad/core'
import { type UpSampleOptions, upSample } from '../functions/resize.js'
import { type Layer, stateless } from '../layer.js'
import { refuse, unlessRefused } from '../refusal.js'
import { channelsIn, type Rank } from './convolve.js'
import { sizesOf } from './windows.js'

const upSampling =
  (rank: Rank) =>
  (factor: number | Shape, options: UpSampleOptions = {}): Layer<null, null> => {
    const factors = sizesOf(`upSampling${rank}d`, 'the factor', factor, rank)
    const name = `upSampling${rank}d([${factors}])`
    return stateless<null>(
      name,
      unlessRefused((input) => {
        const channels = channelsIn(name, rank, input)
        return { params: null, out: [...factors.map((factor, i) => (input[i] as number) * factor), channels] }
      }),
      (_, x) => upSample(x, factors, options),
    )
  }

/**
 * Time times a factor: [batch, time, channels] to [batch, time · factor, channels].
 * @throws ShapeError unless the factor is a whole number ≥ 1
 * @example upSampling1d(2).apply(null, null, np.ones([1, 5, 3]), { mode: 'eval' })[0].shape // [1, 10, 3]
 */
export const upSampling1d = operation('upSampling1d', { at: 1, names: ['method'] }, upSampling(1))

/**
 * Height and width times factors, by repetition or bilinear interpolation.
 * @throws ShapeError unless factors are whole numbers ≥ 1
 * @example upSampling2d([2, 3], { method: 'bilinear' }).apply(null, null, np.ones([1, 4, 4, 3]), { mode: 'eval' })[0].shape // [1, 8, 12, 3]
 */
export const upSampling2d = operation('upSampling2d', { at: 1, names: ['method'] }, upSampling(2))

/**
 * Depth, height and width times factors.
 * @throws ShapeError unless factors are whole numbers ≥ 1
 * @example upSampling3d(2).apply(null, null, np.ones([1, 2, 2, 2, 1]), { mode: 'eval' })[0].shape // [1, 4, 4, 4, 1]
 */
export const upSampling3d = operation('upSampling3d', { at: 1, names: ['method'] }, upSampling(3))

/** Widths for all axes between batch and channels, or before and after each of them. */
export type EdgeWidths = number | readonly (readonly [before: number, after: number])[]

export interface PadLayerOptions {
  /** What is put there: a constant unless said, or copies of what the input holds. */
  readonly mode?: 'constant' | 'edge' | 'reflect' | 'symmetric' | 'wrap'
  /** The constant: 0 unless said. */
  readonly value?: number
}

type Pair = readonly [before: number, after: number]

/** @throws ShapeError unless there is a pair of widths for every axis but the channels */
const pairsOf = (name: string, widths: EdgeWidths, shape: Shape): readonly Pair[] => {
  const spatial = shape.length - 1
  const pairs = typeof widths === 'number' ? Array.from({ length: spatial }, () => [widths, widths] as const) : widths
  if (spatial >= 1 && pairs.length === spatial && pairs.flat().every((n) => Number.isInteger(n) && n >= 0)) return pairs
  return refuse(
    name,
    `takes [axes…, channels] after the batch axis and whole widths ≥ 0, [before, after] for each axis. The input is [${shape}], the widths ${JSON.stringify(widths)}.`,
    'Put nn.reshape before it, or give as many pairs as there are axes.',
  )
}

/**
 * Elements put around images, sequences or volumes; batch and channels stay.
 * @throws ShapeError if widths do not fit
 * @example pad([[1, 1], [0, 2]]).apply(null, null, np.ones([1, 4, 4, 3]), { mode: 'eval' })[0].shape // [1, 6, 6, 3]
 */
export const pad = operation(
  'pad',
  { at: 1, names: ['mode', 'value'] },
  (widths: EdgeWidths, { mode = 'constant', value = 0 }: PadLayerOptions = {}): Layer<null, null> =>
    stateless<null>(
      'pad',
      unlessRefused((input) => {
        const pairs = pairsOf('pad', widths, input)
        return { params: null, out: input.map((n, i) => n + (pairs[i]?.[0] ?? 0) + (pairs[i]?.[1] ?? 0)) }
      }),
      (_, x) => {
        const all: readonly Pair[] = [[0, 0], ...pairsOf('pad', widths, x.shape.slice(1)), [0, 0]]
        return np.pad(x, all, mode === 'constant' ? { mode, constantValues: value } : { mode })
      },
    ),
)

/**
 * Elements taken from the edges of images, sequences or volumes; batch and channels stay.
 * @throws ShapeError if widths do not fit, or leave nothing
 * @example crop(1).apply(null, null, np.ones([1, 4, 4, 3]), { mode: 'eval' })[0].shape // [1, 2, 2, 3]
 */
export const crop = (widths: EdgeWidths): Layer<null, null> =>
  stateless<null>(
    'crop',
    unlessRefused((input) => {
      const pairs = pairsOf('crop', widths, input)
      const out = input.map((n, i) => n - (pairs[i]?.[0] ?? 0) - (pairs[i]?.[1] ?? 0))
      return out.every((n) => n >= 1)
        ? { params: null, out }
        : refuse('crop', `${JSON.stringify(widths)} leaves nothing of [${input}].`, 'Take smaller widths.')
    }),
    (_, x) =>
      x.slice(
        {},
        ...pairsOf('crop', widths, x.shape.slice(1)).map(([before, after], i) => ({
          start: before,
          stop: (x.shape[i + 1] as number) - after,
        })),
      ),
  )
