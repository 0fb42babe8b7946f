import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyPatch } from './patch.js'

const { makePatch } = (await import(new URL('../scripts/patch.mjs', import.meta.url).href)) as {
  readonly makePatch: (base: Uint8Array, target: Uint8Array) => Uint8Array
}

const bytes = fc.uint8Array({ maxLength: 400, max: 3 })
/** A base, and a target that shares stretches of it. */
const related = fc
  .tuple(bytes, fc.array(fc.tuple(fc.nat(400), fc.nat(400), bytes), { maxLength: 5 }))
  .map(([base, pieces]) => {
    const target = pieces.flatMap(([from, length, fresh]) => [...base.subarray(from, from + length), ...fresh])
    return [base, Uint8Array.from(target)] as const
  })

describe('patches', () => {
  it('copy from the base after new bytes', () => {
    expect([...applyPatch(new Uint8Array([1, 2, 3]), new Uint8Array([3, 1, 9, 1, 2]))]).toEqual([9, 2, 3])
  })

  it('applyPatch(base, makePatch(base, target)) = target', () => {
    fc.assert(
      fc.property(related, ([base, target]) => {
        expect([...applyPatch(base, makePatch(base, target))]).toEqual([...target])
      }),
    )
  })

  it('a patch between binaries that share most bytes is small', () => {
    const base = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i * 31 + (i >> 7)) & 255)
    const target = Uint8Array.from([...base.subarray(0, 40_000), 1, 2, 3, ...base.subarray(40_010)])
    const patch = makePatch(base, target)
    expect(patch.length).toBeLessThan(40)
    expect(applyPatch(base, patch)).toEqual(target)
  })
})
