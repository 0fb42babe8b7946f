import { grad, jit, np, random, type Tensor } from '@puregrad/core'
import { losses, softmax } from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lwf } from './distillation.js'

interface Params {
  readonly w: Tensor
}
const logits = ({ w }: Params, x: Tensor, _y: Tensor): Tensor => np.matmul(x, w)
const loss = (p: Params, x: Tensor, y: Tensor): Tensor =>
  np.mean(losses.softmaxCrossEntropyWithIntegerLabels(logits(p, x, y), y))
const drawn = (seed: number): Params => ({ w: random.normal(random.key(seed), [3, 4]) })
const x = random.normal(random.key(1), [6, 3])
const y = random.randint(random.key(2), [6], 0, 4)

describe('lwf', () => {
  it('with weight 0 is the loss, and at the old parameters only the loss matters', () => {
    fc.assert(
      fc.property(fc.nat(1000), (seed) => {
        const [old, now] = [drawn(seed), drawn(seed + 1)]
        expect(lwf(loss, logits, old, { weight: 0 })(now, x, y).item()).toBe(loss(now, x, y).item())
        expect(lwf(loss, logits, old, { weight: 9 })(old, x, y).item()).toBeCloseTo(loss(old, x, y).item(), 5)
        const slope = grad(lwf(loss, logits, old, { weight: 9 }))(old, x, y).w
        expect(np.allclose(slope, grad(loss)(old, x, y).w, { atol: 1e-5 }).item()).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('has the gradient of the cross entropy with what the old parameters say, softened, jitted too', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom(1, 2, 5), (seed, temperature) => {
        const [old, now] = [drawn(seed), drawn(seed + 1)]
        // Equation 2 of the paper, whose softened probabilities y^(1/T) / Σ y^(1/T) are a softmax of logits / T.
        const paper = (p: Params): Tensor => {
          const soft = (q: Params): Tensor => {
            const raised = np.power(softmax(logits(q, x, y)), 1 / temperature)
            return raised.div(np.sum(raised, { axis: 1, keepdims: true }))
          }
          const kept = np.sum(soft(old).mul(np.log(soft(p))), { axis: 1 })
          return loss(p, x, y).sub(np.mean(kept).mul(3))
        }
        const found = jit((p: Params, o: Params) => grad(lwf(loss, logits, o, { temperature, weight: 3 }))(p, x, y))
        expect(np.allclose(found(now, old).w, grad(paper)(now).w, { rtol: 1e-3, atol: 1e-5 }).item()).toBe(true)
      }),
      { numRuns: 15 },
    )
  })

  it('lets no slope into the old parameters, and keeps what a loss returns beside its value', () => {
    const pair = (p: Params, a: Tensor, b: Tensor): readonly [Tensor, { seen: Tensor }] => [loss(p, a, b), { seen: b }]
    const [old, now] = [drawn(1), drawn(2)]
    const into = grad((o: Params) => lwf(loss, logits, o)(now, x, y))(old)
    expect(np.sum(np.abs(into.w)).item()).toBe(0)
    const [value, { seen }] = lwf(pair, logits, old)(now, x, y)
    expect(value.item()).toBe(lwf(loss, logits, old)(now, x, y).item())
    expect(seen).toBe(y)
  })

  it('says what is wrong with its arguments', () => {
    expect(() => lwf(loss, logits, drawn(1), { temperature: 0 })).toThrow('temperature is 0')
    expect(() => lwf(loss, logits, drawn(1), { weight: -1 })).toThrow('weight is -1')
  })
})
