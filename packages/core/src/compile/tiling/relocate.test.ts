import { describe, expect, it } from 'vitest'
import { fromCell, inConstants } from '../address.js'
import { relocate } from './relocate.js'

describe('relocate', () => {
  const tile = {
    code: [
      {
        kind: 'call' as const,
        target: 'add_f32',
        args: [fromCell(5), fromCell(7) + 32_768, fromCell(4), 5, 32_768, inConstants(16)],
      },
      { kind: 'copy' as const, from: fromCell(6) - 8, to: 1_000_000, bytes: 64 },
    ],
    bytes: 65_536,
    cell: 5,
    cells: 3,
  }
  it('gives a tile other cells, and leaves all other numbers alone', () => {
    const { code, cell, bytes } = relocate(tile, 20)
    expect(code).toEqual([
      {
        kind: 'call',
        target: 'add_f32',
        args: [fromCell(20), fromCell(22) + 32_768, fromCell(4), 5, 32_768, inConstants(16)],
      },
      { kind: 'copy', from: fromCell(21) - 8, to: 1_000_000, bytes: 64 },
    ])
    expect([cell, bytes]).toEqual([20, 65_536])
  })
  it('is nothing for its own cells', () => {
    expect(relocate(tile, 5)).toBe(tile)
  })
})
