import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from './decode.js'

const { encode } = (await import(new URL('../scripts/encode.mjs', import.meta.url).href)) as {
  readonly encode: (bytes: Uint8Array) => string
}

describe('text of a binary', () => {
  it('is read back as its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect([...decode(encode(bytes))]).toEqual([...bytes])
      }),
    )
    const all = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect([...decode(encode(all))]).toEqual([...all])
  })
  it('needs no escapes in a string', () => {
    expect(encode(Uint8Array.from({ length: 256 }, (_, i) => i))).toMatch(/^[ -~]*$/)
    expect(encode(new Uint8Array(1000))).not.toMatch(/['"`\\$]/)
  })
})
