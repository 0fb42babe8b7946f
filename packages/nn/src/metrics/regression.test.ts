import { describe, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import { meanAbsoluteError, meanSquaredError, r2Score } from './regression.js'

const [predictions, targets] = [f64([1, 2, 5]), f64([1, 3, 3])]

describe('metrics of numbers', () => {
  it('meanSquaredError', () => expectNear(meanSquaredError(predictions, targets), 5 / 3, 1e-15))
  it('meanAbsoluteError', () => expectNear(meanAbsoluteError(predictions, targets), 1, 1e-15))
  it('r2Score is 1 for the truth and 0 for its mean', () => {
    expectNear(r2Score(targets, targets), 1, 0)
    expectNear(r2Score(f64([7 / 3, 7 / 3, 7 / 3]), targets), 0, 1e-12)
  })
})
