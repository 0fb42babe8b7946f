import { grad, np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import { absoluteError, huberLoss, l2Loss, logCosh, squaredError } from './regression.js'

const predictions = f64([3, -1, 0.5, 0])
const targets = f64([1, 1, 0, 0])
const slope = (f: (p: Tensor, t: Tensor) => Tensor): Tensor => grad((p: Tensor) => np.sum(f(p, targets)))(predictions)

describe('losses of numbers', () => {
  it('squaredError', () => expectNear(squaredError(predictions, targets), [4, 4, 0.25, 0], 0))
  it('l2Loss is half of it', () => expectNear(l2Loss(predictions, targets), [2, 2, 0.125, 0], 0))
  it('absoluteError, with derivative 0 at 0', () => {
    expectNear(absoluteError(predictions, targets), [2, 2, 0.5, 0], 0)
    expectNear(slope(absoluteError), [1, -1, 1, 0], 0)
  })
  it('huberLoss is a parabola and then a line, with a continuous derivative', () => {
    expectNear(huberLoss(predictions, targets), [1.5, 1.5, 0.125, 0], 0)
    expectNear(huberLoss(predictions, targets, { delta: 2 }), [2, 2, 0.125, 0], 0)
    expectNear(slope(huberLoss), [1, -1, 0.5, 0], 0)
    expectNear(grad((p: Tensor) => huberLoss(p))(f64(1)), 1, 0)
  })
  it('logCosh, without overflow', () => {
    expectNear(
      logCosh(predictions, targets),
      [2, 2, 0.5, 0].map((e) => Math.log(Math.cosh(e))),
      1e-14,
    )
    expectNear(logCosh(f64([1e4])), [1e4 - Math.LN2], 1e-14)
  })
  it('without targets the predictions are the errors', () => expectNear(l2Loss(predictions), [4.5, 0.5, 0.125, 0], 0))
  it('does not broadcast [n] against [n,1]', () => {
    expect(() => squaredError(predictions, targets.reshape([4, 1]))).toThrow(
      'losses.squaredError: predictions float64[4] and targets float64[4,1] differ in shape',
    )
  })
})
