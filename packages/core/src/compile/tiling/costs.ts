/** What tiles are decided by: sizes, and times of a few machines, roughly. */
import { bytesOf } from '../../dtype.js'
import type { Atom, Equation } from '../../program/program.js'
import { sizeOf } from '../../shape.js'

/** What a tile works on stays in the second cache, with room for what its kernels pack. */
export const tileBytes = 128 * 1024
/** Smaller groups stay in the second cache anyway. */
export const smallestGroup = 512 * 1024
/** A byte that is not read or written in memory. */
export const nanosecondsSaved = 0.04
/** A byte of weights that a product packs again for each tile. */
export const nanosecondsPacked = 0.1
export const nanosecondsOfCall = 100
/** A byte that is read or written and worked on. */
export const nanosecondsTouched = 0.1

export const bytesOfAtom = ({ abstract: { shape, dtype } }: Atom): number => sizeOf(shape) * bytesOf(dtype)
export const isView = (equation: Equation): boolean => equation.primitive.view !== undefined
/** How many rows it has; a scalar has none. */
export const leading = (a: Atom): number => a.abstract.shape[0] ?? 0
