import { jit, np, random, type Tensor } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { dct, deltas, mfcc } from './mfcc.js'

interface Golden {
  readonly sound: readonly number[]
  readonly mels: readonly {
    readonly scale: 'slaney' | 'htk'
    readonly norm: 'slaney' | null
    readonly lowest: number
    readonly highest: number
    readonly mfcc: Numbers
    readonly lifted: Numbers
    readonly deltas: Numbers
  }[]
}
const { sound, mels } = golden<Golden>('audio')
const x = np.array(sound, { dtype: 'float64' })

describe('mfcc', () => {
  it.each(mels)(
    "of '$scale' are librosa's, liftered and their slopes, too",
    ({ scale, norm, lowest, highest, ...expected }) => {
      const options = { scale, norm, lowest, highest, sampleRate: 8000, mels: 12, hop: 20, count: 8 }
      const found = mfcc(x, 64, options)
      expectNear(found, expected.mfcc, 1e-9)
      expectNear(mfcc(x, 64, { ...options, lifter: 22 }), expected.lifted, 1e-9)
      expectNear(deltas(found, { width: 5 }), expected.deltas, 1e-9)
    },
  )

  it('are differentiable and jit', () => {
    const of = (y: Tensor): Tensor => mfcc(y, 16, { sampleRate: 8000, mels: 6, count: 4, topDb: null })
    const y = random.normal(random.key(1), [30], { dtype: 'float64' })
    checkGrads((z: Tensor) => np.mean(of(z)), [y])
    expectNear(jit(of)(y), of(y).toArray() as Numbers, 1e-10)
  })

  it('refuses more coefficients than bands, and a negative lifter', () => {
    expect(() => mfcc(x, 64, { sampleRate: 8000, mels: 12 })).toThrow(/count is 20.*1 to the 12/)
    expect(() => mfcc(x, 64, { sampleRate: 8000, lifter: -1 })).toThrow(/lifter is -1/)
  })
})

describe('dct', () => {
  it('is orthonormal', () => {
    const matrix = dct(np.eye(7, { dtype: 'float64' }))
    expectNear(np.matmul(matrix, matrix.T), np.eye(7).toArray() as Numbers, 1e-12)
  })
})

describe('deltas', () => {
  it('of a line are its slope, away from the ends', () => {
    const line = np.stack([np.arange(12).mul(3), np.arange(12).mul(-0.5)], { axis: 1 })
    expectNear(deltas(line, { width: 7 }).slice({ start: 3, stop: 9 }), Array(6).fill([3, -0.5]), 1e-6)
    expect(() => deltas(line, { width: 4 })).toThrow(/width is 4/)
    expect(() => deltas(np.ones([4]))).toThrow(/\[… frames, features\]/)
  })
})
