import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, arrays, dtypes, out, type T, variants } from './arena.js'
import { value } from './values.js'

const limits: Record<string, readonly [number, number]> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  u8: [0, 255],
}

/** Truncating and saturating from floats, wrapping from integers, truth to bool. */
function expected(from: T, to: T | 'bool', x: number): number {
  if (to === 'bool') return x !== 0 ? 1 : 0
  const range = limits[to]
  if (range && (from === 'f32' || from === 'f64'))
    return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), range[0]), range[1]) + 0
  return new arrays[to]([x])[0] as number
}

describe.each(variants)('conversions, %s', (variant) => {
  const { one } = arena(variant)
  for (const from of [...dtypes, 'bool'] as const)
    for (const to of [...dtypes, 'bool'] as const)
      if (from !== to)
        it(`convert_${from}_${to}`, () => {
          const stored = from === 'bool' ? 'u8' : from,
            storedTo = to === 'bool' ? 'u8' : to
          const element = from === 'bool' ? fc.constantFrom(0, 1) : value(from)
          fc.assert(
            fc.property(fc.array(element, { maxLength: 45 }), (x) => {
              const got = one(`convert_${from}_${to}`, [new arrays[stored](x), out(storedTo, x.length), x.length])
              expect(got).toEqual(x.map((v) => expected(stored, to, v)))
            }),
          )
        })
})
