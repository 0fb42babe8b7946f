import { jit, np, random, type Tensor } from '@puregrad/core'
import { init } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { type GenerateSoundOptions, generateSound } from './generate-sound.js'
import { waveNet } from './wave-net.js'

const model = waveNet({ classes: 8, dilations: [1, 2, 4], residual: 6, skip: 6, labels: 3 })
const variables = init(model, { x: [4], label: [], frames: [4, 2] }, random.key(0))
const label = np.array([0, 2], { dtype: 'int32' })
const frames = random.normal(random.key(1), [2, 12, 2])
const key = random.key(2)
const draw = (options: Partial<GenerateSoundOptions> = {}): Tensor =>
  generateSound(model, variables, 8, { key, label, frames, ...options })

describe('generateSound', () => {
  it('draws each sample from what the whole model says after those before it', () => {
    const drawn = draw({ temperature: 0.7 })
    const before = np.concatenate([np.full([2, 1], 4, { dtype: 'int32' }), drawn.slice({}, { stop: 11 })], { axis: 1 })
    const [logits] = model.apply(variables.params, variables.state, { x: before, label, frames }, { mode: 'eval' })
    for (let t = 0; t < 12; t++) {
      const expected = random.categorical(random.foldIn(key, t), logits.slice({}, t).div(0.7))
      expect(drawn.slice({}, t).toArray()).toEqual(expected.toArray())
    }
    expect(jit((k: Tensor) => draw({ key: k, temperature: 0.7 }))(key).toArray()).toEqual(drawn.toArray())
  })

  it('goes on where a start ends, and takes the likeliest without temperature', () => {
    const spoken = waveNet({ classes: 8, dilations: [1, 2, 4], residual: 6, skip: 6 })
    const own = init(spoken, { x: [4] }, random.key(3))
    const all = generateSound(spoken, own, 8, { key, length: 10, temperature: 0, batch: 2 })
    expect(all.shape).toEqual([2, 10])
    const start = np.concatenate([np.full([2, 1], 4, { dtype: 'int32' }), all.slice({}, { stop: 6 })], { axis: 1 })
    const rest = generateSound(spoken, own, 8, { key, length: 4, temperature: 0, start })
    expect(rest.toArray()).toEqual(all.slice({}, { start: 6 }).toArray())
  })

  it('refuses numbers that do not fit each other', () => {
    expect(() => draw({ batch: 3 })).toThrow(/are of 3, 2, 2 sounds/)
    expect(() => draw({ length: 5 })).toThrow(/length is 5 and frames are \[2,12,2\]/)
    expect(() => draw({ temperature: -1 })).toThrow(/temperature is -1/)
    expect(() => generateSound(model, variables, 8, { key })).toThrow(/neither a length nor frames/)
    expect(() => draw({ start: np.zeros([2, 3], { dtype: 'int32' }) })).toThrow(/a start of 3 samples/)
  })
})
