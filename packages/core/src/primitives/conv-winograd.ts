/** Convolutions with 3×3 kernels, and the gradients of those, by Winograd's minimal filtering: which gain by it, and what they call. */
import type { DType } from '../dtype.js'
import { type Shape, stridesOf } from '../shape.js'
import type { ConvGeometry } from './conv.js'
import type { Emitter, Operand } from './primitive.js'

/** A convolution of [N, H, W, C] with [3, 3, C, F] to [N, O, P, F], or the gradient of its kernel. */
export interface Filtering {
  readonly kind: 'forward' | 'gradient'
  readonly images: number
  readonly channels: number
  readonly features: number
  readonly size: readonly [number, number]
  readonly out: readonly [number, number]
  /** Zeros before the first row and column. */
  readonly pad: readonly [number, number]
}

/** Nanoseconds of a multiply-add by the definition and in transformed products, and of a channel or a feature of a tile in the transforms. */
const costs = {
  forward: { definition: 1 / 22, fewest: 12 },
  gradient: { definition: 1 / 18, fewest: 8 },
  product: 1 / 19,
  channel: 10,
} as const
/** What minimal filtering has to gain: it rounds more often, and is not tiled with what follows. */
const leastGain = 1.25
/** Elements of a kernel whose transform leaves the cache. */
const largeKernel = 2 ** 16
/** Bytes of a transformed kernel that are too many for what they save. */
const largestTransform = 48 * 2 ** 20

const tilesAlong = (n: number): number => Math.ceil(n / 4)

/** For each channel and feature. */
const transformNanoseconds = ({ kind, channels, features }: Filtering): number =>
  kind === 'gradient' || channels * features >= largeKernel ? 28 : 14

const nanosecondsOf = (f: Filtering): number => {
  const products = f.channels * f.features
  const perTile = 36 * products * costs.product + (f.channels + f.features) * costs.channel
  return f.images * tilesAlong(f.out[0]) * tilesAlong(f.out[1]) * perTile + products * transformNanoseconds(f)
}

const gains = (f: Filtering): boolean => {
  const { definition, fewest } = costs[f.kind]
  const products = f.channels * f.features
  return (
    Math.min(f.channels, f.features) >= fewest &&
    36 * 4 * products <= largestTransform &&
    leastGain * nanosecondsOf(f) < f.images * f.out[0] * f.out[1] * 9 * products * definition
  )
}

/**
 * The convolution of `x` with `w` to `y` as one that minimal filtering does faster, or null. By the shapes of the whole alone, so that
 * neither threads nor compilation change a bit.
 */
export const filteringOf = (
  dtype: DType,
  x: Shape,
  w: Shape,
  y: Shape,
  { strides, padding, lhsDilation, rhsDilation, featureGroupCount, batchGroupCount, precision }: ConvGeometry,
): Filtering | null => {
  const isPlain =
    dtype === 'float32' &&
    precision === 'default' &&
    x.length === 4 &&
    featureGroupCount === 1 &&
    batchGroupCount === 1 &&
    [...strides, ...lhsDilation, ...rhsDilation].every((n) => n === 1)
  if (!isPlain) return null
  const [n, height, width, c] = x as [number, number, number, number]
  const [, o, p, features] = y as [number, number, number, number]
  const [k, l] = w as [number, number, number, number]
  const all = { features, size: [height, width], pad: [padding[0]?.[0] as number, padding[1]?.[0] as number] } as const
  const forward: Filtering | null =
    k === 3 && l === 3 ? { ...all, kind: 'forward', images: n, channels: c, out: [o, p] } : null
  // A kernel's gradient is the convolution of channels as images with images as channels.
  const gradient: Filtering | null =
    o === 3 && p === 3 ? { ...all, kind: 'gradient', images: c, channels: n, out: [k, l] } : null
  return [forward, gradient].find((f) => f !== null && gains(f)) ?? null
}

/** The operand with its first and last axes exchanged. */
const exchanged = ({ pointer, shape, dtype, strides }: Operand, axes: readonly number[]): Operand => {
  const steps = strides ?? stridesOf(shape)
  return {
    pointer,
    dtype,
    shape: axes.map((a) => shape[a] as number),
    strides: axes.map((a) => steps[a] as number),
  }
}

const metaOf = (emit: Emitter, { images, channels, features, size, out, pad }: Filtering): number =>
  emit.table([images, channels, features, 1, 1, ...size, 3, 3, ...out, 1, 1, ...pad, 1, 1, 1, 1])

/** Emits the kernels of a convolution, as `conv` has its operands and result. */
export const emitFiltering = (emit: Emitter, all: Filtering, x: Operand, w: Operand, y: Operand): void => {
  if (all.kind === 'forward') emitForward(emit, all, emit.contiguous(x), emit.contiguous(w), y.pointer)
  else {
    const image = emit.contiguous(exchanged(x, [3, 1, 2, 0]))
    emitGradient(emit, all, image, emit.contiguous(exchanged(w, [2, 0, 1, 3])), y.pointer)
  }
}

const emitForward = (emit: Emitter, all: Filtering, x: number, w: number, y: number): void => {
  const { images, channels, features, out } = all
  const meta = metaOf(emit, all)
  const transformed = emit.scratch(emit.query('winogradKernelBytes_f32', channels, features))
  emit.parallel(Math.ceil(features / 8), channels * features * transformNanoseconds(all), (part, first, count) => {
    const room = part.scratch(part.query('winogradKernelScratch_f32'))
    part.call('winogradKernel_f32', w, transformed, channels, features, first, count, room)
  })
  emit.parallel(images * tilesAlong(out[0]), nanosecondsOf(all), (part, first, count) => {
    const room = part.scratch(part.query('winogradScratch_f32', meta, count))
    part.call('winogradConv_f32', x, w, transformed, y, meta, first, count, room)
  })
}

const emitGradient = (emit: Emitter, all: Filtering, x: number, g: number, y: number): void => {
  const meta = metaOf(emit, all)
  // Every part transforms all cotangents: large ones.
  const grain = Math.max(8, Math.ceil(all.channels / 32) * 8)
  emit.parallel(
    all.channels,
    nanosecondsOf(all),
    (part, first, count) => {
      const room = part.scratch(part.query('winogradGradientScratch_f32', meta, count))
      part.call('winogradGradient_f32', x, g, y, meta, first, count, room)
    },
    grain,
  )
}
