import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Point } from './glyphs.js'
import { draw, flatten } from './pen.js'

const sum = (ink: Float32Array): number => ink.reduce((a, b) => a + b, 0)
const coordinate = fc.double({ min: 0, max: 1, noNaN: true })
const points = fc.array(fc.tuple(coordinate, coordinate), { minLength: 2, maxLength: 6 })

describe('flatten', () => {
  it('leaves a line as it is', () => {
    const corners: readonly Point[] = [
      [0, 0],
      [1, 0],
      [1, 1],
    ]
    expect(flatten({ kind: 'line', points: corners })).toEqual(corners)
  })

  it('leads a curve through each of its points', () => {
    fc.assert(
      fc.property(points, (through) => {
        const path = flatten({ kind: 'curve', points: through })
        expect(path).toHaveLength(1 + 5 * (through.length - 1))
        through.forEach(([x, y], i) => {
          expect(path[5 * i]?.[0]).toBeCloseTo(x, 12)
          expect(path[5 * i]?.[1]).toBeCloseTo(y, 12)
        })
      }),
    )
  })

  it('keeps a curve through points on a straight line on it', () => {
    const path = flatten({
      kind: 'curve',
      points: [
        [0, 0],
        [0.3, 0.6],
        [0.5, 1],
      ],
    })
    for (const [x, y] of path) expect(y).toBeCloseTo(2 * x, 12)
  })
})

describe('draw', () => {
  it('covers length × width + a disc, as far as pixels can tell', () => {
    const ink = draw(
      [
        {
          points: [
            [8, 14.2],
            [20, 14.2],
          ],
          radii: [2, 2],
        },
      ],
      28,
    )
    expect(Math.abs(sum(ink) - (12 * 4 + Math.PI * 4))).toBeLessThan(1.5)
  })

  it('is full in the middle of the line and empty beyond the pen', () => {
    const ink = draw(
      [
        {
          points: [
            [4, 14.5],
            [24, 14.5],
          ],
          radii: [1, 1],
        },
      ],
      28,
    )
    expect(ink[14 * 28 + 14]).toBe(1)
    expect(ink[13 * 28 + 14]).toBeCloseTo(0.5, 6)
    expect(ink[12 * 28 + 14]).toBe(0)
    expect(ink[16 * 28 + 14]).toBe(0)
  })

  it('gets wider where the radius does', () => {
    const ink = draw(
      [
        {
          points: [
            [4, 14.5],
            [14, 14.5],
            [24, 14.5],
          ],
          radii: [1, 3],
        },
      ],
      28,
    )
    const column = (x: number): number =>
      Array.from({ length: 28 }, (_, y) => ink[y * 28 + x] ?? 0).reduce((a, b) => a + b)
    expect(column(22)).toBeGreaterThan(column(6))
  })

  it('moves with whole pixels', () => {
    fc.assert(
      fc.property(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), (dx, dy) => {
        const lineAt = (x: number, y: number) =>
          draw(
            [
              {
                points: [
                  [10 + x, 10.25 + y],
                  [17 + x, 16.5 + y],
                ],
                radii: [1.2, 1.2],
              },
            ],
            28,
          )
        const [still, moved] = [lineAt(0, 0), lineAt(dx, dy)]
        for (let y = 5; y < 22; y++)
          for (let x = 5; x < 22; x++) expect(moved[(y + dy) * 28 + x + dx]).toBeCloseTo(still[y * 28 + x] ?? -1, 6)
      }),
      { numRuns: 20 },
    )
  })

  it('keeps the darker ink where lines cross, and is at most 1', () => {
    const across = {
      points: [
        [4, 14.5],
        [24, 14.5],
      ] as const,
      radii: [1, 1] as const,
    }
    const down = {
      points: [
        [14.5, 4],
        [14.5, 24],
      ] as const,
      radii: [2, 2] as const,
    }
    const [a, b, both] = [draw([across], 28), draw([down], 28), draw([across, down], 28)]
    both.forEach((ink, i) => {
      expect(ink).toBe(Math.max(a[i] ?? 0, b[i] ?? 0))
    })
    expect(Math.max(...both)).toBe(1)
  })

  it('draws a dot for a single point and clips what lies outside', () => {
    const dot = draw([{ points: [[14, 14]], radii: [2, 2] }], 28)
    expect(Math.abs(sum(dot) - Math.PI * 4)).toBeLessThan(1)
    expect(
      sum(
        draw(
          [
            {
              points: [
                [-90, -90],
                [-50, 300],
              ],
              radii: [2, 2],
            },
          ],
          28,
        ),
      ),
    ).toBe(0)
  })
})
