import { np, type Tensor, tree } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { figuresAt, resultsOf, shortRun } from '../runner/short-run.js'
import { clipGradient, clippedSlopes, softplus, softplusPlain, softplusSlopes } from './custom-rules.js'
import { example } from './example.js'
import { checkAll, descend, differences, gradients, tanhAt2, valueAndGradient } from './gradients.js'
import { hessians, hessianVectorProducts, jacobians, jacobiansByHand, manyProducts } from './jacobians.js'
import { bias, inputs, loss, predict, targets, weights } from './logistic.js'
import { oneByOne, perExampleGradients } from './per-example.js'

const expectClose = (actual: Tensor, expected: Tensor, tolerance = 1e-5): void => {
  expect(actual.shape).toEqual(expected.shape)
  const want = expected.data()
  actual.data().forEach((a, i) => {
    const e = want[i] as number
    expect(Math.abs(a - e), `element ${i}: ${a} instead of ${e}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(e)))
  })
}

// In closed form, with p the probabilities and X the inputs: the gradient is Xᵀ(p − y), the Hessian Xᵀ diag(p(1 − p)) X.
const p = predict(weights, bias, inputs)
const residuals = p.sub(targets.astype('float32'))
const slopes = p.mul(np.subtract(1, p)).reshape([4, 1])
const closed = {
  weights: np.matmul(inputs.T, residuals),
  bias: np.sum(residuals),
  jacobian: inputs.mul(slopes),
  hessian: np.matmul(inputs.T, inputs.mul(slopes)),
}

describe('gradients', () => {
  it('nest: tanh″ = −2 tanh (1 − tanh²), and once more', () => {
    const t = Math.tanh(2)
    const expected = [1 - t ** 2, -2 * t * (1 - t ** 2), -2 * (1 - t ** 2) * (1 - 3 * t ** 2)]
    tanhAt2().forEach((value, i) => {
      expectClose(value, np.array(expected[i] as number))
    })
  })

  it('are the closed form, by one argument, two, or a record', () => {
    const { byFirst, byBoth, byRecord } = gradients()
    for (const byWeights of [byFirst, byBoth.weights, byRecord.weights]) expectClose(byWeights, closed.weights)
    for (const byBias of [byBoth.bias, byRecord.bias]) expectClose(byBias, closed.bias)
  })

  it('come with the value', () => {
    const [value, gradient] = valueAndGradient()
    expect(value.item()).toBe(loss(weights, bias).item())
    expectClose(gradient.weights, closed.weights)
  })

  it('agree with differences', () => {
    for (const { difference, derivative } of Object.values(differences())) expectClose(difference, derivative, 1e-3)
    checkAll()
  })

  it('lead downhill', () => {
    const [trained, losses] = descend(50)
    losses.slice(1).forEach((value, i) => {
      expect(value).toBeLessThan(losses[i] as number)
    })
    expect(predict(trained.weights, trained.bias, inputs).gt(0.5).toArray()).toEqual(targets.toArray())
  })
})

describe('Jacobians and Hessians', () => {
  it('are the same by columns, by rows and by hand', () => {
    for (const { forward, reverse } of [jacobians(), jacobiansByHand()]) {
      expectClose(forward, closed.jacobian)
      expectClose(reverse, closed.jacobian)
    }
  })

  it('are the same in every order of the modes', () => {
    for (const matrix of Object.values(hessians())) expectClose(matrix, closed.hessian)
  })

  it('multiply vectors without being built', () => {
    const v = np.array([1, 0, -1])
    for (const product of Object.values(hessianVectorProducts(v))) expectClose(product, np.matmul(closed.hessian, v))
    expectClose(manyProducts(np.eye(3)), closed.hessian)
  })
})

describe('per-example gradients', () => {
  it('are those of one example at a time, and add up to the whole', () => {
    const together = perExampleGradients()
    oneByOne().forEach((alone, i) => {
      expectClose(together.weights.slice(i), alone.weights)
      expectClose(together.bias.slice(i), alone.bias)
    })
    const total = tree.map((g: Tensor) => np.sum(g, { axis: 0 }), together)
    expectClose(total.weights, closed.weights)
    expectClose(total.bias, closed.bias)
  })
})

describe('custom rules', () => {
  it('give a derivative where arithmetic has none', () => {
    const { plain, given, second, batched } = softplusSlopes()
    expect(plain.item()).toBeNaN()
    expect(given.item()).toBe(1)
    expectClose(second, np.array(0.25))
    expectClose(batched, np.array([1 / (1 + Math.E), 0.5, 1]))
    expect(softplus(np.array(1)).item()).toBe(softplusPlain(np.array(1)).item())
  })

  it('change the way back and not the way there', () => {
    expect(clipGradient(np.array(5)).item()).toBe(5)
    expectClose(clippedSlopes(np.array([0, 1.5, Math.PI])), np.array([1, 10 * Math.cos(1.5), -1]))
  })
})

describe('all recipes', () => {
  it('are printed, and the descent is drawn', async () => {
    const run = await shortRun(example)
    for (const title of ['tanh at 2', 'checkGrads', 'The Hessian of the loss', 'One gradient per example']) {
      expect(run.text).toContain(title)
    }
    expect(run.text).not.toContain('undefined')
    const { figures } = resultsOf(run)
    expectClose(np.array(figuresAt(figures, 'gradient')), closed.weights)
    expectClose(np.array(figuresAt(figures, 'hessian')), closed.hessian.reshape([9]))
    expect(figuresAt(figures, 'losses')).toHaveLength(50)
    expect(run.files['descent.svg']).toMatch(/^<svg /)
  })
})
