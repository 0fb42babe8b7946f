/** Into how many parts work is cut for threads. */

/** Work for which another thread is not worth waking. */
export const smallestFork = 40_000 // ns
/** A chunk costs half a microsecond to hand out. */
export const smallestChunk = 10_000 // ns
/** More than threads, so that one that is held up does not hold up the others. */
const mostChunks = 8

/** From shapes alone, so that the parts do not depend on the number of threads. */
export const chunkCount = (units: number, nanoseconds: number, grain: number): number =>
  nanoseconds < smallestFork
    ? 1
    : Math.max(1, Math.min(mostChunks, Math.floor(nanoseconds / smallestChunk), Math.floor(units / grain)))

/** Where each of some parts starts. */
export const startsOf = (units: number, parts: number, grain: number): readonly number[] =>
  Array.from({ length: parts }, (_, i) => Math.floor((i * units) / parts / grain) * grain)
