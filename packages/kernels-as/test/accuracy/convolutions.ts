/** Errors of 3×3 convolutions of float32 and of their kernels' gradients, by the definition and by minimal filtering. */
import { type Kernels, loadKernels, type Variant } from '@puregrad/kernels-as'
import { variants } from './measure.js'

export type Size = readonly [images: number, side: number, channels: number, features: number]

/** Those of a small U-Net and of ResNets. */
export const sizes: readonly Size[] = [
  [2, 64, 16, 16],
  [2, 32, 32, 32],
  [2, 16, 64, 64],
  [2, 8, 128, 128],
  [1, 56, 64, 64],
  [1, 14, 256, 256],
  [4, 7, 512, 512],
]

/** Largest errors as shares of the largest number of the result. */
export interface Errors {
  readonly definition: number
  readonly filtering: number
  readonly gradientDefinition: number
  readonly gradientFiltering: number
}

/** N(0, 1) in float32 by Box and Muller, from a Weyl sequence of integers mixed as in splitmix32. */
const normal = (n: number, seed: number): Float64Array => {
  let state = seed * 0x9e3779b9
  const uniform = (): number => {
    state = (state + 0x9e3779b9) | 0
    let z = state ^ (state >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return (((z ^ (z >>> 15)) >>> 0) + 0.5) / 2 ** 32
  }
  return Float64Array.from({ length: n }, () =>
    Math.fround(Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())),
  )
}

const largestError = (got: Float32Array, exact: Float64Array): number => {
  let [error, largest] = [0, 0]
  exact.forEach((y, i) => {
    error = Math.max(error, Math.abs((got[i] as number) - y))
    largest = Math.max(largest, Math.abs(y))
  })
  return error / largest
}

/** Memory handed out from the start of the heap on. */
const heap = ({ memory, heapBase }: Kernels) => {
  let top = heapBase
  const take = (bytes: number): number => {
    const at = (top + 63) & ~63
    top = at + bytes
    const missing = Math.ceil((top - memory.buffer.byteLength) / 65536)
    if (missing > 0) memory.grow(missing)
    return at
  }
  return {
    take,
    put: (array: Float32Array | Float64Array | Int32Array): number => {
      const at = take(array.byteLength)
      new Uint8Array(memory.buffer).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
      return at
    },
    float32: (at: number, n: number): Float32Array => new Float32Array(memory.buffer, at, n).slice(),
    float64: (at: number, n: number): Float64Array => new Float64Array(memory.buffer, at, n).slice(),
  }
}

/** Of one build. */
export const errorsOf = (variant: Variant, [images, side, channels, features]: Size): Errors => {
  const kernels = loadKernels({ variant })
  const { call } = kernels
  const { take, put, float32, float64 } = heap(kernels)
  const pixels = images * side * side
  const [x, w, g] = [normal(pixels * channels, 1), normal(9 * channels * features, 2), normal(pixels * features, 3)]
  // A gradient is the convolution of channels as images with images as channels.
  const xs = x.map((_, i) => {
    const [n, at] = [i % images, Math.floor(i / images)]
    const [c, pixel] = [Math.floor(at / (side * side)), at % (side * side)]
    return x[(n * side * side + pixel) * channels + c] as number
  })
  const gs = g.map((_, i) => {
    const [f, at] = [i % features, Math.floor(i / features)]
    const [n, pixel] = [at % images, Math.floor(at / images)]
    return g[(n * side * side + pixel) * features + f] as number
  })
  const meta = put(new Int32Array([images, channels, features, 1, 1, side, side, 3, 3, side, side, ...rest]))
  const turned = put(new Int32Array([channels, images, features, 1, 1, side, side, side, side, 3, 3, ...rest]))
  const convolve = (t: 'f32' | 'f64', a: Float64Array, b: Float64Array, by: number, n: number): number => {
    const y = take(8 * n)
    const [from, kernel] = [a, b].map((array) => put(t === 'f32' ? Float32Array.from(array) : array))
    call[`conv_${t}`](from as number, kernel as number, y, 2, by, take(call[`convScratch_${t}`](2, by)))
    return y
  }
  const [n, weights] = [pixels * features, 9 * channels * features]
  const [exact, exactGradient] = [
    float64(convolve('f64', x, w, meta, n), n),
    float64(convolve('f64', xs, gs, turned, weights), weights),
  ]
  const [from, kernel, cotangent] = [x, w, g].map((a) => put(Float32Array.from(a))) as [number, number, number]
  const transformed = take(call.winogradKernelBytes_f32(channels, features))
  const panels = Math.ceil(features / 8)
  call.winogradKernel_f32(kernel, transformed, channels, features, 0, panels, take(call.winogradKernelScratch_f32()))
  const [y, dw] = [take(4 * n), take(4 * weights)]
  const rows = images * Math.ceil(side / 4)
  call.winogradConv_f32(from, kernel, transformed, y, meta, 0, rows, take(call.winogradScratch_f32(meta, rows)))
  const room = take(call.winogradGradientScratch_f32(meta, channels))
  call.winogradGradient_f32(from, cotangent, dw, meta, 0, channels, room)
  return {
    definition: largestError(float32(convolve('f32', x, w, meta, n), n), exact),
    filtering: largestError(float32(y, n), exact),
    gradientDefinition: largestError(float32(convolve('f32', xs, gs, turned, weights), weights), exactGradient),
    gradientFiltering: largestError(float32(dw, weights), exactGradient),
  }
}

/** Strides, padding and dilations. */
const rest = [1, 1, 1, 1, 1, 1, 1, 1]

const worse = (a: Errors, b: Errors): Errors => ({
  definition: Math.max(a.definition, b.definition),
  filtering: Math.max(a.filtering, b.filtering),
  gradientDefinition: Math.max(a.gradientDefinition, b.gradientDefinition),
  gradientFiltering: Math.max(a.gradientFiltering, b.gradientFiltering),
})

/** The cells of a table: sizes, then the worse errors of both builds, rounded up to two digits. */
export const rowsOfConvolutions = (): readonly (readonly string[])[] =>
  sizes.map((size) => {
    const [images, side, channels, features] = size
    const { definition, filtering, gradientDefinition, gradientFiltering } = variants
      .map((v) => errorsOf(v, size))
      .reduce(worse)
    return [
      `${images}×${side}×${side}, ${channels} → ${features}`,
      ...[definition, filtering, gradientDefinition, gradientFiltering].map(roundedUp),
    ]
  })

const roundedUp = (error: number): string => {
  const unit = 10 ** (Math.floor(Math.log10(error)) - 1)
  return (Math.ceil(error / unit) * unit).toExponential(1)
}
