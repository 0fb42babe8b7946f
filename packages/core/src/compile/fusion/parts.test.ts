import { describe, expect, it } from 'vitest'
import type { LoopNest } from './generate.js'
import { interfere, partOf, unitsOf } from './parts.js'

const rows: LoopNest = {
  rows: 6,
  columns: 10,
  inputs: [
    { dtype: 'float32', rowStep: 20, step: 1, counted: false },
    { dtype: 'int32', rowStep: 1, step: 0, counted: true },
    { dtype: 'bool', rowStep: 0, step: 1, counted: false },
  ],
  steps: [],
  outputs: [{ value: 0, dtype: 'float64' }],
}
const loop = (...pointers: number[]) => ({ nest: rows, pointers })

describe('parts of loops', () => {
  it('are rows, whose operands step by bytes and counts by one', () => {
    expect(unitsOf(rows)).toEqual({ units: 6, grain: 1 })
    expect(partOf(loop(1000, 0, 5000, 9000), 2, 3)).toEqual({
      nest: { ...rows, rows: 3 },
      pointers: [1000 + 2 * 20 * 4, 2, 5000, 9000 + 2 * 10 * 8],
    })
  })
  it('are elements of a single row', () => {
    const row: LoopNest = { ...rows, rows: 1 }
    expect(unitsOf(row).units).toBe(10)
    expect(partOf({ nest: row, pointers: [1000, 0, 5000, 9000] }, 4, 6)).toEqual({
      nest: { ...row, columns: 6 },
      pointers: [1000 + 4 * 4, 0, 5000 + 4, 9000 + 4 * 8],
    })
  })
})

describe('loops interfere', () => {
  const one = loop(1000, 0, 5000, 9000)
  const written = 6 * 10 * 8
  it('where one writes what the other reads or writes', () => {
    expect(interfere(one, loop(9000 + written - 4, 0, 5000, 20_000))).toBe(true)
    expect(interfere(loop(9000 + written - 4, 0, 5000, 20_000), one)).toBe(true)
    expect(interfere(one, loop(1000, 0, 9004, 20_000))).toBe(true)
    expect(interfere(one, loop(1000, 0, 5000, 9000 + written - 8))).toBe(true)
  })
  it('not where both read, nor side by side, and not through counts', () => {
    expect(interfere(one, loop(1000, 9000, 5000, 9000 + written))).toBe(false)
    expect(interfere(one, loop(9000 + written, 0, 9000 - 10, 20_000))).toBe(false)
  })
})
