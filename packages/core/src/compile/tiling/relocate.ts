/** The code of a tile for another thread, with cells of its own: nothing else in it differs. */
import { addressOf, fromCell } from '../address.js'
import type { Code } from '../code.js'

export interface Tile {
  readonly code: readonly Code[]
  /** Bytes of scratch that it works in. */
  readonly bytes: number
  /** The first of its cells, and how many there are. */
  readonly cell: number
  readonly cells: number
}

/** The tile with cells from `cell` on. Tiles hold calls and copies. */
export const relocate = (tile: Tile, cell: number): Tile => {
  if (tile.cell === cell) return tile
  const moved = (pointer: number): number => {
    const { base, offset } = addressOf(pointer)
    const own = typeof base === 'number' && base >= tile.cell && base < tile.cell + tile.cells
    return own ? fromCell(base - tile.cell + cell) + offset : pointer
  }
  const code = tile.code.map((step): Code => {
    if (step.kind === 'call') return { ...step, args: step.args.map(moved) }
    if (step.kind === 'copy') return { ...step, from: moved(step.from), to: moved(step.to) }
    throw new Error(`a tile holds a ${step.kind}`)
  })
  return { ...tile, code, cell }
}
