import { grad, np, random, type Tensor, vmap } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { expectNear } from '../../test/golden.js'
import { amplitudeToDb, dbToPower, powerToDb, spectrogram } from './spectrogram.js'
import { stft } from './stft.js'

const sound = random.normal(random.key(1), [2, 40], { dtype: 'float64' })

describe('spectrogram', () => {
  it.each([1, 2, 3])('is the magnitude to the power of %i', (power) => {
    const { real, imag } = stft(sound, 16, { hop: 5 })
    const expected = np.power(np.hypot(real, imag), power)
    expectNear(spectrogram(sound, 16, { hop: 5, power }), expected.toArray() as never, 1e-12)
  })

  it('has derivatives, which are 0 where nothing is heard', () => {
    checkGrads((x: Tensor) => np.sum(spectrogram(x, 8, { power: 1 })), [sound.slice(0, { stop: 12 })])
    const silent = grad((x: Tensor) => np.sum(spectrogram(x, 8, { power: 1 })))(np.zeros([20]))
    expect(silent.toArray()).toEqual(Array(20).fill(0))
    expect(() => spectrogram(sound, 8, { power: 0 })).toThrow(/power is 0/)
  })
})

describe('decibels', () => {
  it('are ten times the logarithm, no less than topDb below the largest of each spectrogram', () => {
    const x = np.array([[1, 100, 1e-12]], { dtype: 'float64' })
    expectNear(powerToDb(x, { topDb: null }), [[0, 20, -100]], 1e-12)
    expectNear(powerToDb(x), [[0, 20, -60]], 1e-12)
    expectNear(powerToDb(x, { ref: 'max', topDb: 30 }), [[-20, 0, -30]], 1e-12)
    expectNear(powerToDb(x, { ref: 10, amin: 1e-3, topDb: null }), [[-10, 10, -40]], 1e-12)
    const two = np.array([[[1, 1e-9]], [[1e6, 1e-9]]])
    expectNear(powerToDb(two), vmap((y: Tensor) => powerToDb(y))(two).toArray() as never, 1e-6)
  })

  it('of amplitudes are those of their squares, and go back', () => {
    const x = np.array([3, 0.1, 1e-7], { dtype: 'float64' })
    expectNear(
      amplitudeToDb(x, { ref: 3, topDb: null }),
      powerToDb(np.square(x), { ref: 9, topDb: null }).toArray() as never,
    )
    expectNear(dbToPower(powerToDb(x, { ref: 2 }), { ref: 2 }), x.toArray() as never, 1e-9)
  })

  it('refuse what has no logarithm', () => {
    expect(() => powerToDb(sound, { amin: 0 })).toThrow(/amin is 0/)
    expect(() => amplitudeToDb(sound, { amin: -1 })).toThrow(/amin is -1/)
    expect(() => powerToDb(sound, { topDb: -1 })).toThrow(/topDb is -1/)
  })
})
