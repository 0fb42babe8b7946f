import { createHash } from 'node:crypto'
import { sha256 as portable } from '@noble/hashes/sha2'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex, sha256 } from './format.js'

describe('sha256', () => {
  it('is the same by Node and without it, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), (parts) => {
        const whole = Uint8Array.from(parts.flatMap((part) => [...part]))
        const expected = createHash('sha256').update(whole).digest('hex')
        expect(hex(sha256(...parts))).toBe(expected)
        expect(hex(portable(whole))).toBe(expected)
      }),
    )
  })
})
