import { describe, expect, it } from 'vitest'
import { averagePrecision } from './average-precision.js'

const none = [false, false]

describe('averagePrecision', () => {
  it('is 1 if all are found and nothing else, and 0 if none is', () => {
    const overlaps = [
      [0.9, 0],
      [0, 0.7],
    ]
    const scene = { scores: [0.9, 0.8], overlaps, ignored: none }
    expect(averagePrecision([scene], 0.5)).toBe(1)
    expect(averagePrecision([scene], 0.95)).toBe(0)
    expect(averagePrecision([{ scores: [0.9], overlaps: [[0.4, 0.1]], ignored: none }], 0.5)).toBe(0)
  })
  it('reads the best precision at 101 recalls', () => {
    // Right, wrong, right of two: precision 1 up to a recall of one half, then 2 / 3.
    const scene = {
      scores: [0.9, 0.8, 0.7],
      overlaps: [
        [0.6, 0],
        [0.1, 0.1],
        [0, 0.6],
      ],
      ignored: none,
    }
    expect(averagePrecision([scene], 0.5)).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 12)
    expect(
      averagePrecision(
        [
          {
            scores: [0.9, 0.8],
            overlaps: [
              [0.7, 0],
              [0, 0.3],
            ],
            ignored: none,
          },
        ],
        0.5,
      ),
    ).toBeCloseTo(51 / 101, 12)
  })
  it('counts a second finder of one thing as wrong, and who found what is ignored not at all', () => {
    const twice = { scores: [0.9, 0.8], overlaps: [[0.9], [0.8]], ignored: [false] }
    const other = { scores: [0.7], overlaps: [[0.9]], ignored: [false] }
    expect(averagePrecision([twice, other], 0.5)).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 12)
    const ignored = {
      scores: [0.95, 0.8],
      overlaps: [
        [0, 0.9],
        [0.8, 0],
      ],
      ignored: [false, true],
    }
    expect(averagePrecision([ignored], 0.5)).toBe(1)
    expect(averagePrecision([{ scores: [0.9], overlaps: [[0.9]], ignored: [true] }], 0.5)).toBeNaN()
  })
})
