import { np, random, type Tensor } from '@puregrad/core'
import { init } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { blobs, model, objective } from '../test/blobs.js'
import { evaluate, predict } from './evaluate.js'

const examples = blobs(3, 50)
const variables = init(model, [2], random.key(0))
const whole = (): Tensor => model.apply(variables.params, variables.state, examples.x, { mode: 'eval' })[0]

describe('evaluate', () => {
  it('is the mean over all examples, however they are batched', () => {
    const loss = np.mean(objective.loss(whole(), examples.y)).item()
    const accuracy = np.mean(objective.metrics.accuracy(whole(), examples.y)).item()
    for (const batchSize of [7, 50, 500]) {
      const metrics = evaluate(model, variables, examples, { ...objective, batchSize })
      expect(Object.keys(metrics)).toEqual(['loss', 'accuracy'])
      expect(metrics.loss).toBeCloseTo(loss, 5)
      expect(metrics.accuracy).toBeCloseTo(accuracy, 6)
    }
  })

  it('takes losses that are one number for a batch', () => {
    const loss = (logits: Tensor, labels: Tensor): Tensor => np.mean(objective.loss(logits, labels))
    const { loss: actual } = evaluate(model, variables, examples, { loss, batchSize: 7 })
    expect(actual).toBeCloseTo(loss(whole(), examples.y).item(), 5)
  })
})

describe('predict', () => {
  it('gives the output of every input, in order', () => {
    const expected = whole().data()
    for (const batchSize of [7, 50, 500]) {
      const outputs = predict(model, variables, examples.x, { batchSize })
      expect(outputs.shape).toEqual([50, 3])
      outputs.data().forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] as number, 5)
      })
    }
  })
})
