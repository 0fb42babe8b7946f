import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addressOf, fromCell, inConstants } from './address.js'

it('an address keeps its base under offsets of either sign', () => {
  const offset = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
  fc.assert(
    fc.property(offset, fc.nat(1000), (bytes, cell) => {
      expect(addressOf(bytes)).toEqual({ base: 'memory', offset: bytes })
      expect(addressOf(inConstants(8) + bytes)).toEqual({ base: 'constants', offset: bytes + 8 })
      expect(addressOf(fromCell(cell) + bytes)).toEqual({ base: cell, offset: bytes })
    }),
  )
})
