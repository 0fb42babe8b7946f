import { grad, jit, np, random, type Tensor, vmap } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { istft, type Spectrum, type StftOptions, stft } from './stft.js'
import { type WindowName, window } from './windows.js'

interface Case extends StftOptions {
  readonly frame: number
  readonly window: WindowName
  readonly real: Numbers
  readonly imag: Numbers
  readonly back: readonly number[]
}
const { sound, spectra } = golden<{ readonly sound: readonly number[]; readonly spectra: readonly Case[] }>('audio')
const x = np.array(sound, { dtype: 'float64' })
const noise = (seed: number, shape: readonly number[]): Tensor =>
  random.normal(random.key(seed), shape, { dtype: 'float64' })
const close = (a: Tensor, b: Tensor): boolean => np.allclose(a, b, { atol: 1e-10 }).item() as boolean

describe('stft and istft', () => {
  it.each(spectra)(
    "are PyTorch's: frames of $frame every $hop under '$window'",
    ({ frame, real, imag, back, ...options }) => {
      const found = stft(x, frame, options)
      expectNear(found.real, real, 1e-10)
      expectNear(found.imag, imag, 1e-10)
      const { padding: _, ...inverse } = options
      const bins = np.arange(found.real.shape[1] as number)
      const growing = np.minimum(bins, bins.neg().add(frame)).astype('float64').div(10).add(1)
      expectNear(istft({ real: found.real.mul(growing), imag: found.imag.mul(growing) }, frame, inverse), back, 1e-10)
    },
  )

  it('undo each other wherever windows see every sample', () => {
    const some = fc.record({
      time: fc.integer({ min: 20, max: 60 }),
      frame: fc.integer({ min: 2, max: 16 }),
      hops: fc.integer({ min: 1, max: 16 }),
      window: fc.constantFrom<WindowName>('hann', 'hamming', 'blackman', 'nuttall', 'rectangular'),
      onesided: fc.boolean(),
      normalized: fc.boolean(),
      padding: fc.constantFrom<'reflect' | 'constant' | 'edge'>('reflect', 'constant', 'edge'),
    })
    fc.assert(
      fc.property(some, ({ time, frame, hops, padding, ...others }) => {
        const options = { ...others, hop: Math.max(1, Math.min(hops, Math.floor(frame / 2))) }
        const y = noise(time, [time])
        const spectrum = stft(y, frame, { ...options, padding })
        // Centred frames cover all up to the last hop.
        const length = (spectrum.real.shape[0] as number) * options.hop - options.hop
        const again = istft(spectrum, frame, { ...options, length })
        expect(close(again, y.slice({ stop: length }))).toBe(true)
      }),
    )
  })

  it('of many sounds are those of each, also jitted', () => {
    const many = noise(5, [2, 3, 50])
    const there = (y: Tensor): Spectrum => stft(y, 16, { hop: 5 })
    const back = (s: Spectrum): Tensor => istft(s, 16, { hop: 5, length: 50 })
    const each = vmap(vmap(there))(many)
    const whole = jit(there)(many)
    expect(close(whole.real, each.real) && close(whole.imag, each.imag)).toBe(true)
    expect(close(jit(back)(whole), vmap(vmap(back))(each))).toBe(true)
  })

  it('are differentiable in the sound, the spectrum and the window', () => {
    const y = noise(6, [20])
    const points = window('hamming', 8, { dtype: 'float64' })
    const strength = (z: Tensor, w: Tensor): Tensor => {
      const { real, imag } = stft(z, 8, { hop: 4, window: w })
      return np.sum(np.square(real).add(np.square(imag)))
    }
    checkGrads(strength, [y, points])
    checkGrads(
      (real: Tensor, imag: Tensor, w: Tensor) => np.sum(np.sin(istft({ real, imag }, 8, { hop: 4, window: w }))),
      [noise(7, [6, 5]), noise(8, [6, 5]), points],
    )
    expect(grad((z: Tensor) => strength(z, points))(y).shape).toEqual([20])
  })

  it('puts zeros where more samples are asked for than frames cover', () => {
    const again = istft(stft(x, 16), 16, { length: 140 })
    expect(again.shape).toEqual([140])
    expect(np.max(np.abs(again.slice({ start: 128 }))).item()).toBe(0)
  })

  it('refuses windows that leave samples out, and shapes that do not fit', () => {
    const open = stft(x, 16, { center: false })
    expect(() => istft(open, 16, { center: false })).toThrow(/leave out some samples, such as the first.*center: true/)
    expect(() => istft(stft(x, 16, { hop: 16 }), 16, { hop: 16 })).toThrow(/Take shorter hops/)
    expect(() => istft(open, 18)).toThrow(/have to be \[… frames, 10\] both for frames of 18/)
    expect(() => stft(np.ones([8]), 16)).toThrow(/9 samples or more/)
    expect(() => stft(x, 16, { window: np.ones([9]) })).toThrow(/the window is \[9\] and windowLength 16/)
    expect(() => stft(x, 16, { padding: 'wrap' as never })).toThrow(/padding is 'wrap'/)
    expect(() => istft(stft(x, 16), 16, { length: -1 })).toThrow(/length is -1/)
  })
})
