import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, out, variants } from './arena.js'

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const

/** Threefry-2x32-20 as the paper states it. */
function threefry2x32([k0, k1]: readonly [number, number], [c0, c1]: readonly [number, number]): [number, number] {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda]
  let x0 = (c0 + k0) | 0,
    x1 = (c1 + k1) | 0
  for (let group = 0; group < 5; group++) {
    for (const by of rotations[(group % 2) as 0 | 1]) {
      x0 = (x0 + x1) | 0
      x1 = ((x1 << by) | (x1 >>> (32 - by))) ^ x0
    }
    x0 = (x0 + (keys[(group + 1) % 3] as number)) | 0
    x1 = (x1 + (keys[(group + 2) % 3] as number) + group + 1) | 0
  }
  return [x0 >>> 0, x1 >>> 0]
}

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const nearTheEnd = fc.integer({ min: 2 ** 32 - 30, max: 2 ** 32 - 1 })

describe('the reference in this test', () => {
  // Random123's kat_vectors, threefry2x32 20
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as const)('key %j counter %j gives Random123’s %j', (key, counter, want) => {
    expect(threefry2x32(key, counter)).toEqual(want)
  })
})

describe.each(variants)('threefry, %s', (variant) => {
  const { one } = arena(variant)

  it('gives Random123’s known answer for key 0, counter 0', () => {
    expect(one('threefry', [new Uint32Array(2), new Uint32Array(1), out('u32', 2), 1, 1, 0])).toEqual([
      0x6b200159, 0x99ba4efe,
    ])
  })

  it('equals the reference for any keys and 64-bit counters', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, word, fc.oneof(word, nearTheEnd, fc.constant(0))), { maxLength: 4 }),
        fc.integer({ min: 0, max: 41 }),
        (rows, n) => {
          const keys = new Uint32Array(rows.flatMap((row) => row.slice(0, 2))),
            starts = new Uint32Array(rows.map((r) => r[2]))
          const pairs = rows.flatMap(([a, b, start]) =>
            Array.from({ length: n }, (_, i) =>
              threefry2x32([a, b], [start + i >= 2 ** 32 ? 1 : 0, (start + i) >>> 0]),
            ),
          )
          expect(one('threefry', [keys, starts, out('u32', pairs.length * 2), rows.length, n, 0])).toEqual(pairs.flat())
          expect(one('threefry', [keys, starts, out('u32', pairs.length), rows.length, n, 1])).toEqual(
            pairs.map(([x, y]) => (x ^ y) >>> 0),
          )
        },
      ),
    )
  })
})
