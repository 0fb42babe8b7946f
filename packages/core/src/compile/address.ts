/**
 * Addresses in a program under construction. Pointers are ordinary numbers, so that lowering can add offsets to them. A number
 * near a multiple of `span` is an offset from something that is placed later: constants, or a pointer that is read when the
 * program runs (of an input, an output, the slice that a loop is at).
 */

const span = 2 ** 40

/** Where the offset of an address counts from: memory's start, the constants, or a cell of the pointer table by its number. */
export type Base = 'memory' | 'constants' | number

export interface Address {
  readonly base: Base
  /** Bytes; may be negative. */
  readonly offset: number
}

export const inConstants = (offset: number): number => span + offset

/** The address that cell `index` of the pointer table holds when the program runs. */
export const fromCell = (index: number): number => (2 + index) * span

export const addressOf = (pointer: number): Address => {
  const base = Math.round(pointer / span)
  return {
    base: base === 0 ? 'memory' : base === 1 ? 'constants' : base - 2,
    offset: pointer - base * span,
  }
}
