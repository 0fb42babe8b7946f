import { describe, expect, it } from 'vitest'
import { glyphs } from './glyphs.js'

const strokes = glyphs.flatMap((ways, digit) => ways.flatMap((glyph) => glyph.map((stroke) => ({ digit, stroke }))))

describe('glyphs', () => {
  it('has several ways to write each of the ten digits', () => {
    expect(glyphs).toHaveLength(10)
    for (const ways of glyphs) expect(ways.length).toBeGreaterThanOrEqual(3)
  })

  it('stays inside the box, in strokes of two points or more', () => {
    for (const { stroke } of strokes) {
      expect(stroke.points.length).toBeGreaterThanOrEqual(2)
      for (const coordinate of stroke.points.flat()) {
        expect(coordinate).toBeGreaterThanOrEqual(0)
        expect(coordinate).toBeLessThanOrEqual(1)
      }
    }
  })

  it('writes every digit at about the full height of the box', () => {
    for (const glyph of glyphs.flat()) {
      const heights = glyph.flatMap(({ points }) => points.map(([, y]) => y))
      expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(0.75)
    }
  })
})
