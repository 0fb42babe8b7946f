import { np, random, type Tensor } from '@puregrad/core'
import {
  batchNorm,
  bilinear,
  conv1d,
  conv2d,
  convTranspose2d,
  init,
  layerNorm,
  serial,
  transformerEncoder,
} from '@puregrad/nn'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import * as keras from './keras.js'
import { importWeights } from './mapping.js'
import type { Rule } from './rules.js'
import * as torch from './torch.js'

const { torchRules } = torch
const key = random.key(0)
const attempt = (rules: readonly Rule[], template: unknown, weights: Readonly<Record<string, Tensor>>) => {
  const notes: string[] = []
  const result = importWeights(rules, template, new Map(Object.entries(weights)), {
    onNote: (note) => notes.push(note),
  })
  return { notes, misfits: E.isLeft(result) ? result.left.mismatched : [] }
}

describe('a layout that a shape does not tell', () => {
  const square = { kernelSize: 3, useBias: false } as const
  const up = { 'up.weight': np.ones([4, 4, 3, 3]) }

  it('is asked for where torchRules meet a transposed convolution that reads its kernel otherwise', () => {
    const template = { params: { up: init(convTranspose2d(4, square), [5, 5, 4], key).params } }
    const { misfits } = attempt(torchRules, template, up)
    expect(misfits).toHaveLength(1)
    expect(misfits[0]?.expected).toContain('transposeKernel: false')
    expect(attempt(torch.conv('up', 'up'), template, up).misfits).toHaveLength(1)
    expect(attempt(torch.convTranspose('up', 'up'), template, up).misfits).toHaveLength(1)
    expect(attempt(torch.convTranspose('up', 'up', { transposeKernel: false }), template, up).misfits).toEqual([])
  })

  it('is not asked for where both ways are one, and where it is known to be a convolution', () => {
    const transposed = init(convTranspose2d(4, { ...square, transposeKernel: true }), [5, 5, 4], key)
    const plain = init(conv2d(4, square), [5, 5, 4], key)
    const time = init(conv1d(2, { kernelSize: 3, useBias: false }), [5, 3], key)
    for (const { params } of [transposed, plain])
      expect(attempt(torchRules, { params: { up: params } }, up).misfits).toEqual([])
    const weights = { 'up.weight': np.ones([2, 3, 3]) }
    expect(attempt(torchRules, { params: { up: time.params } }, weights).misfits).toEqual([])
  })

  it('is asked for where torchRules meet a bilinear layer, known or possible', () => {
    const weights = { 'pair.weight': np.ones([2, 3, 3]) }
    const { params } = init(bilinear(2, { useBias: false }), [[3], [3]], key)
    for (const kernel of [params.kernel, np.zeros([3, 3, 2])]) {
      const template = { params: { pair: { kernel } } }
      expect(attempt(torchRules, template, weights).misfits[0]?.expected).toContain('torch.bilinear')
      expect(attempt(torch.bilinear('pair', 'pair'), template, weights).misfits).toEqual([])
    }
  })
})

describe('an epsilon that weights do not show', () => {
  const weights = { 'n.weight': np.ones([4]), 'n.bias': np.ones([4]) }
  const template = (epsilon?: number) => ({
    params: { n: init(layerNorm(epsilon === undefined ? {} : { epsilon }), [4], key).params },
  })

  it('is noted if ours differs, with both numbers and what to do', () => {
    for (const rules of [torchRules, torch.norm('n', 'n')]) {
      const { notes, misfits } = attempt(rules, template(), weights)
      expect(misfits).toEqual([])
      expect(notes).toHaveLength(1)
      expect(notes[0]).toMatch(
        /params\.n\.scale adds 0\.000001 .* trained with 0\.00001\. Make it with \{ epsilon: 0\.00001 \}/,
      )
    }
  })

  it('is not noted if it is the same, by the layer or by the rule', () => {
    expect(attempt(torchRules, template(1e-5), weights).notes).toEqual([])
    expect(attempt(torch.norm('n', 'n', { epsilon: 1e-6 }), template(), weights).notes).toEqual([])
    const { params, state } = init(serial(batchNorm()), [4], key)
    const statistics = { 'n.running_mean': np.ones([4]), 'n.running_var': np.ones([4]) }
    const both = { params: { n: params[0] }, state: { n: state[0] } }
    expect(attempt(torchRules, both, { ...weights, ...statistics }).notes).toEqual([])
  })

  it('is noted for Keras, whose norms add 1e-3, and for the norms of a transformer', () => {
    const gamma = { 'n/gamma': np.ones([4]), 'n/beta': np.ones([4]) }
    expect(attempt(keras.norm('n', 'n'), template(), gamma).notes[0]).toContain('trained with 0.001')
    expect(attempt(keras.norm('n', 'n', { epsilon: 1e-6 }), template(), gamma).notes).toEqual([])
    const { params } = init(transformerEncoder({ heads: 2 }), [3, 4], key)
    const norm = { params: { n: params.attentionNorm } }
    expect(attempt(torch.norm('n', 'n'), norm, weights).notes).toHaveLength(1)
  })
})
