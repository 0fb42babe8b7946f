import fc from 'fast-check'
import { expect, it } from 'vitest'
import { frozenShape, mapSizes, range, sizesBetween, sizesOf, withoutAxes } from './shape.js'

const shapes = fc.array(fc.nat(9), { maxLength: 6 })
const axis = fc.integer({ min: -6, max: 6 })

it('walks of frozen shapes are what arrays do', () => {
  fc.assert(
    fc.property(shapes, axis, fc.option(axis, { nil: undefined }), (shape, start, end) => {
      const frozen = frozenShape(shape)
      expect(sizesOf(frozen)).toEqual(shape)
      expect(sizesBetween(frozen, start, end)).toEqual(shape.slice(start, end))
      expect(mapSizes(frozen, (n, i) => [n, i])).toEqual(shape.map((n, i) => [n, i]))
      expect(withoutAxes(frozen, [start, 1])).toEqual(shape.filter((_, i) => i !== start && i !== 1))
      expect(range(start, 3)).toEqual(Array.from({ length: start }, (_, i) => 3 + i))
    }),
  )
})
