import { describe, it } from 'vitest'
import { expectNear, f64, i32 } from '../../test/near.js'
import {
  hingeLoss,
  multiclassHingeLoss,
  multiclassPerceptronLoss,
  perceptronLoss,
  tripletMarginLoss,
} from './margin.js'

describe('losses with a margin', () => {
  it('hingeLoss wants 1 on the right side', () =>
    expectNear(hingeLoss(f64([2, 0.5, 0.5]), f64([1, 1, -1])), [0, 0.5, 1.5], 0))
  it('perceptronLoss wants the right side', () =>
    expectNear(perceptronLoss(f64([2, -0.5, 0.5]), f64([1, 1, -1])), [0, 0.5, 0.5], 0))
  it('multiclassHingeLoss wants the label ahead by 1', () => {
    expectNear(
      multiclassHingeLoss(
        f64([
          [3, 1, 2.5],
          [1, 3, 0],
        ]),
        i32([0, 0]),
      ),
      [0.5, 3],
      0,
    )
  })
  it('multiclassPerceptronLoss wants the label ahead', () => {
    expectNear(
      multiclassPerceptronLoss(
        f64([
          [3, 1, 2.5],
          [1, 3, 0],
        ]),
        i32([0, 0]),
      ),
      [0, 2],
      0,
    )
  })
  it('tripletMarginLoss wants the negative further by the margin', () => {
    const [anchor, near, far] = [f64([[0, 0]]), f64([[0, 1]]), f64([[3, 4]])]
    expectNear(tripletMarginLoss(anchor, near, far, { eps: 0 }), [0], 0)
    expectNear(tripletMarginLoss(anchor, near, far, { eps: 0, margin: 5 }), [1], 1e-14)
    expectNear(tripletMarginLoss(anchor, near, far, { eps: 0, margin: 7, normDegree: 1 }), [1], 1e-14)
  })
})
