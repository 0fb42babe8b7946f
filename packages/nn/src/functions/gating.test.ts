import { expect, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import { glu } from './gating.js'

it('glu multiplies the first half by the sigmoid of the second', () => {
  expectNear(glu(f64([[1, 2, 0, 1000]])), [[0.5, 2]])
  expectNear(glu(f64([[4], [0]]), { axis: 0 }), [[2]])
})

it('glu has no halves of an odd axis', () => {
  expect(() => glu(f64([1, 2, 3]))).toThrow('glu: axis -1 of float64[3] has 3 elements, which have no halves')
})
