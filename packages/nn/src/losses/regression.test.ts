import { grad, np, type Tensor } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import {
  absoluteError,
  huberLoss,
  l2Loss,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  smoothL1,
  squaredError,
} from './regression.js'

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
  it('means of squares and of sizes', () => {
    expectNear(meanSquaredError(predictions, targets), 8.25 / 4, 1e-15)
    expectNear(meanAbsoluteError(predictions, targets), 4.5 / 4, 1e-15)
    expect(() => meanSquaredError(predictions, targets.reshape([4, 1]))).toThrow('losses.meanSquaredError')
  })
  it('smoothL1 is huberLoss / beta', () => {
    for (const beta of [0.5, 1, 3]) {
      expectNear(
        smoothL1(predictions, targets, { beta }),
        huberLoss(predictions, targets, { delta: beta }).div(beta),
        1e-15,
      )
    }
    expectNear(smoothL1(predictions, targets, { beta: 0 }), absoluteError(predictions, targets), 0)
    checkGrads((p) => smoothL1(p, targets, { beta: 1.3 }), [predictions], { order: 1 })
  })
  it('does not broadcast [n] against [n,1]', () => {
    expect(() => squaredError(predictions, targets.reshape([4, 1]))).toThrow(
      'losses.squaredError: predictions float64[4] and targets float64[4,1] differ in shape',
    )
  })
})
