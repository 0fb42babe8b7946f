/** The inverse cosine transform of libjpeg's jidctint.c (Loeffler, Ligtenberg and Moschytz 1989), to the same bits. */
import type { Component } from './frame.js'

// Cosines in 13 bits: FIX(x) of jidctint.c, in its order.
const [c0298, c0390, c0541, c0765, c0899, c1175] = [2446, 3196, 4433, 6270, 7373, 9633] as const
const [c1501, c1847, c1961, c2053, c2562, c3072] = [12299, 15137, 16069, 16819, 20995, 25172] as const
const constantBits = 13
/** More bits that columns keep for the rows. */
const passBits = 2

const { imul } = Math

/** One dimension of `work` from `at` in steps of `step`, in place; results lose `shift` bits, rounded. */
const transform = (work: Int32Array, at: number, step: number, shift: number): void => {
  const x = (i: number): number => work[at + i * step] as number
  const [x0, x1, x2, x3, x4, x5, x6, x7] = [x(0), x(1), x(2), x(3), x(4), x(5), x(6), x(7)]
  const even = imul(x2 + x6, c0541)
  const even2 = even - imul(x6, c1847)
  const even3 = even + imul(x2, c0765)
  const even0 = (x0 + x4) << constantBits
  const even1 = (x0 - x4) << constantBits
  const [a0, a3, a1, a2] = [even0 + even3, even0 - even3, even1 + even2, even1 - even2]
  const z5 = imul(x7 + x3 + x5 + x1, c1175)
  const z1 = -imul(x7 + x1, c0899)
  const z2 = -imul(x5 + x3, c2562)
  const z3 = z5 - imul(x7 + x3, c1961)
  const z4 = z5 - imul(x5 + x1, c0390)
  const b0 = imul(x7, c0298) + z1 + z3
  const b1 = imul(x5, c2053) + z2 + z4
  const b2 = imul(x3, c3072) + z2 + z3
  const b3 = imul(x1, c1501) + z1 + z4
  const half = 1 << (shift - 1)
  work[at] = (a0 + b3 + half) >> shift
  work[at + 7 * step] = (a0 - b3 + half) >> shift
  work[at + step] = (a1 + b2 + half) >> shift
  work[at + 6 * step] = (a1 - b2 + half) >> shift
  work[at + 2 * step] = (a2 + b1 + half) >> shift
  work[at + 5 * step] = (a2 - b1 + half) >> shift
  work[at + 3 * step] = (a3 + b0 + half) >> shift
  work[at + 4 * step] = (a3 - b0 + half) >> shift
}

/** Samples of one component, line by line. */
export interface Plane {
  readonly width: number
  readonly height: number
  /** The length of a line, of which only the first `width` belong to the image. */
  readonly stride: number
  readonly samples: Uint8ClampedArray
}

/** The samples of a component from its coefficients. */
export const planeOf = (component: Component, quantizer: Uint16Array): Plane => {
  const { coefficients, stride, lines, width, height } = component
  const samples = new Uint8ClampedArray(64 * stride * lines)
  const work = new Int32Array(64)
  for (let line = 0; line < Math.ceil(height / 8); line++) {
    for (let column = 0; column < Math.ceil(width / 8); column++) {
      const block = 64 * (line * stride + column)
      const to = line * 64 * stride + column * 8
      let rest = 0
      for (let i = 1; i < 64; i++) rest |= coefficients[block + i] as number
      for (let i = 0; i < 64; i++) work[i] = imul(coefficients[block + i] as number, quantizer[i] as number)
      if (rest === 0) {
        // A block of one colour: what both passes make of a single coefficient.
        const value = ((((work[0] as number) << passBits) + (1 << (passBits + 2))) >> (passBits + 3)) + 128
        for (let y = 0; y < 8; y++) samples.fill(value, to + y * 8 * stride, to + y * 8 * stride + 8)
        continue
      }
      for (let i = 0; i < 8; i++) transform(work, i, 8, constantBits - passBits)
      for (let i = 0; i < 8; i++) transform(work, 8 * i, 1, constantBits + passBits + 3)
      for (let i = 0; i < 64; i++) samples[to + (i >> 3) * 8 * stride + (i & 7)] = (work[i] as number) + 128
    }
  }
  return { width, height, stride: 8 * stride, samples }
}
