import { grad, jit, np, random, type Tensor, tree } from '@puregrad/core'
import { init, losses, type Masked } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { greedy } from './ctc.js'
import { type SpeechRecognizerOptions, speechRecognizer } from './speech-recognizer.js'

const sound = (seed: number, time: number): Tensor => random.normal(random.key(seed), [1, time, 3])
const open = (time: number): Tensor => np.ones([1, time])
const readers = ['lstm', 'transformer'] as const

const made = (options: Partial<SpeechRecognizerOptions>) => {
  const model = speechRecognizer({ classes: 4, width: 8, heads: 2, ...options })
  const { params, state } = init(model, { x: [9, 3], mask: [9] }, random.key(1))
  return { params, hear: (p: typeof params, x: Masked) => model.apply(p, state, x, { mode: 'eval' })[0] }
}

describe('speechRecognizer', () => {
  it.each(readers)(
    "with '%s' hears the same whatever stands behind the end, and whatever else is in the batch",
    (reader) => {
      for (const stride of [1, 2, 3]) {
        const { params, hear } = made({ reader, stride })
        const alone = hear(params, { x: sound(2, 7), mask: open(7) })
        expect(alone.logits.shape).toEqual([1, Math.ceil(7 / stride), 4])
        const padded = np.concatenate([sound(2, 7), np.full([1, 4, 3], Number.NaN)], { axis: 1 })
        const x = np.concatenate([padded, sound(3, 11)])
        const mask = np.concatenate([np.concatenate([open(7), np.zeros([1, 4])], { axis: 1 }), open(11)])
        const both = jit(hear)(params, { x, mask })
        const frames = Math.ceil(7 / stride)
        expect(np.sum(both.mask.astype('int32'), { axis: 1 }).toArray()).toEqual([frames, Math.ceil(11 / stride)])
        expect(np.allclose(both.logits.slice({ stop: 1 }, { stop: frames }), alone.logits, { atol: 1e-5 }).item()).toBe(
          true,
        )
      }
    },
  )

  it.each(readers)("with '%s' learns by ctcLoss what two sounds say", (reader) => {
    const { params, hear } = made({ reader, layers: 1, stride: 1 })
    const x = np.concatenate([sound(4, 9), sound(5, 9)])
    const mask = np.concatenate([open(9), np.array([[1, 1, 1, 1, 1, 1, 0, 0, 0]])])
    const labels = np.array(
      [
        [1, 2, 3],
        [3, 3, 0],
      ],
      { dtype: 'int32' },
    )
    const labelPaddings = np.array([
      [0, 0, 0],
      [0, 0, 1],
    ])
    const loss = (p: typeof params): Tensor => {
      const heard = hear(p, { x, mask })
      return np.mean(losses.ctcLoss(heard.logits, np.subtract(1, heard.mask.astype('float32')), labels, labelPaddings))
    }
    const step = jit((p: typeof params) => tree.map((w, g) => w.sub((g as Tensor).mul(0.1)), p, grad(loss)(p)))
    let all = params
    for (let i = 0; i < 150; i++) all = step(all) as typeof params
    const heard = hear(all, { x, mask })
    const { tokens, lengths } = greedy(heard.logits, np.subtract(1, heard.mask.astype('float32')))
    expect(lengths.toArray()).toEqual([3, 2])
    expect(tokens.slice({}, { stop: 3 }).toArray()).toEqual(labels.toArray())
  })

  it('refuses another reader, and sizes that are none', () => {
    expect(() => speechRecognizer({ classes: 4, reader: 'gru' as never })).toThrow(/reader is 'gru'/)
    expect(() => speechRecognizer({ classes: 0 })).toThrow(/classes is 0/)
    expect(() => speechRecognizer({ classes: 4, kernelSize: 4 })).toThrow(/has to be odd/)
  })
})
