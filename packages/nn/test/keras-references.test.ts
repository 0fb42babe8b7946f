/** Layers give what Keras gave: all cases of a folder of references if it is there, and a few of our own in any case. */
import type { Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { type KerasCase, readCases, referenceFolder, tensorOf } from './keras/case.js'
import { modelOf } from './keras/models.js'
import { runnerOf } from './keras/runners.js'

/** Expected numbers are rounded to 6 decimals, and float32 sums differ in their last digits. */
const check = (name: string, { input, inputs, weights = [], expected }: KerasCase, settings: string): void => {
  const [run, model] = [runnerOf(name), modelOf(name)]
  const xs = (inputs ?? [input]).flatMap((x) => (x === undefined ? [] : [tensorOf(x)]))
  const all = weights.map(tensorOf)
  const y = model?.(xs, all) ?? run?.(xs[0] as Tensor, all, settings)
  if (y === undefined) throw new Error(`nothing runs ${name}`)
  expect(y.shape).toEqual(expected.shape)
  const found = y.data()
  for (const [i, e] of expected.data.entries()) {
    const a = found[i] as number
    expect(Math.abs(a - e), `element ${i}: ${a} instead of ${e}`).toBeLessThanOrEqual(2e-5 * (1 + Math.abs(e)))
  }
}

const numbers = (shape: readonly number[], ...data: number[]): KerasCase['expected'] => ({ shape, data })
const half = (x: number): number => Math.min(Math.max(0.2 * x + 0.5, 0), 1)

/** Worked by hand. */
const own: Readonly<Record<string, readonly [settings: string, KerasCase]>> = {
  'core.Dense.0': [
    'with relu activation',
    {
      input: numbers([2], 1, 2),
      weights: [numbers([2, 2], 1, 2, 3, -4), numbers([2], 10, 0)],
      expected: numbers([2], 17, 0),
    },
  ],
  'convolutional.Conv1D.0': [
    "strides=1, padding='same', dilation_rate=1, activation='linear'",
    {
      input: numbers([3, 1], 1, 2, 3),
      weights: [numbers([3, 1, 1], 1, 10, 100), numbers([1], 0.5)],
      expected: numbers([3, 1], 210.5, 321.5, 32.5),
    },
  ],
  'convolutional.Conv2DTranspose.0': [
    "strides=(2,2), padding='valid'",
    {
      input: numbers([1, 2, 1], 1, 2),
      weights: [numbers([1, 2, 1, 1], 3, 4)],
      expected: numbers([2, 4, 1], 3, 4, 6, 8, 0, 0, 0, 0),
    },
  ],
  'convolutional.SeparableConv2D.0': [
    "strides=(1,1), padding='valid'",
    {
      input: numbers([1, 2, 1], 1, 2),
      weights: [numbers([1, 2, 1, 1], 3, 4), numbers([1, 1, 1, 2], 1, -1), numbers([2], 0, 1)],
      expected: numbers([1, 1, 2], 11, -10),
    },
  ],
  'convolutional.Cropping2D.0': [
    "cropping ((1,0),(0,1)) on 2x2x1 input, data_format='channels_first'",
    { input: numbers([1, 2, 2], 1, 2, 3, 4), expected: numbers([1, 1, 1], 3) },
  ],
  'convolutional.ZeroPadding1D.0': [
    'padding (1,2) on 1x1 input',
    { input: numbers([1, 1], 7), expected: numbers([4, 1], 0, 7, 0, 0) },
  ],
  'pooling.AveragePooling1D.0': [
    "pool_size=2, strides=None, padding='same'",
    { input: numbers([3, 1], 1, 3, 5), expected: numbers([2, 1], 2, 5) },
  ],
  'normalization.BatchNormalization.0': [
    'epsilon=0, axis=1, center=False, scale=True',
    {
      input: numbers([2, 2], 1, 2, 3, 4),
      weights: [numbers([2], 2, 10), numbers([2], 1, 3), numbers([2], 4, 0.25)],
      expected: numbers([2, 2], 0, 1, 0, 20),
    },
  ],
  'recurrent.GRU.0': [
    "activation='linear', recurrent_activation='hard_sigmoid', return_sequences=True",
    {
      input: numbers([2, 1], 1, 2),
      weights: [numbers([1, 3], 1, 0, 3), numbers([1, 3], 0, 1, 1), numbers([3], 0, 0, 0)],
      expected: numbers([2, 1], (1 - half(1)) * 3, half(2) * 0.9 + (1 - half(2)) * (6 + half(0.9) * 0.9)),
    },
  ],
  'recurrent.SimpleRNN.0': [
    "activation='linear', return_sequences=True, go_backwards=True, stateful=True",
    {
      input: numbers([2, 1], 1, 2),
      weights: [numbers([1, 1], 1), numbers([1, 1], 10)],
      expected: numbers([2, 1], 212, 2121),
    },
  ],
  'merge.Dot.0': [
    '2D x 2D inputs, axes=2, normalize=False',
    {
      input: numbers([1], 1),
      weights: [numbers([1, 2], 1, 2), numbers([2], 0, 0), numbers([1, 2], 3, 4), numbers([2], 0, 0)],
      expected: numbers([3, 3], ...Array.from({ length: 9 }, () => 11)),
    },
  ],
}

describe('cases worked by hand', () => {
  it.each(Object.entries(own))('%s', (name, [settings, kerasCase]) => check(name, kerasCase, settings))
})

/** Where the words are wrong: this one says 4, which would leave nothing of 8 × 7; what came out, 6 × 5, had lost 1. */
const corrections: Readonly<Record<string, string>> = {
  'convolutional.Cropping2D.5': "cropping 1 on 8x7x6 input, data_format='channels_last'",
}

const folder = referenceFolder()
if (folder !== null) {
  const { cases, settings } = readCases(folder)
  const runs = (name: string): boolean => runnerOf(name) !== null || modelOf(name) !== null
  const known = [...cases].filter(([name]) => runs(name))
  describe('cases that Keras computed', () => {
    it.each(known)('%s', (name, kerasCase) => check(name, kerasCase, corrections[name] ?? settings.get(name) ?? ''))
    it('all layers that we have are among them', () => {
      const missing = [...cases.keys()].filter((name) => !runs(name))
      const kinds = new Set(missing.map((name) => name.split(/[._]\d/)[0]))
      // Layers that we have not, and models whose layers the data does not tell.
      expect([...kinds].sort()).toEqual([
        'advanced_activations.PReLU',
        'advanced_activations.ThresholdedReLU',
        'graph',
        'pipeline',
      ])
      expect(known.length + missing.length).toBe(cases.size)
    })
  })
}
