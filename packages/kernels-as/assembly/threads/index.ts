/**
 * Jobs that several threads share, through a control block in their common memory: 64 bytes at `c`, 8-byte aligned.
 *
 *   0 epoch    the number of the newest job; idle threads wait on it
 *   4 program  8 job    what is to be done
 *  16 next     epoch << 32 | chunks << 16 | the next chunk: one word, so that a late thread cannot take a chunk of another job, nor
 *              one that there is not
 *  24 done     chunks that are finished
 *  28 asleep   threads that have to be woken
 *  32 failed   a thread trapped in a chunk
 *  40 room for whoever publishes a job
 */

// @ts-ignore: decorator
@inline const PROGRAM: usize = 4
// @ts-ignore: decorator
@inline const JOB: usize = 8
// @ts-ignore: decorator
@inline const NEXT: usize = 16
// @ts-ignore: decorator
@inline const DONE: usize = 24
// @ts-ignore: decorator
@inline const ASLEEP: usize = 28
// @ts-ignore: decorator
@inline const FAILED: usize = 32

// @ts-ignore: decorator
@inline
const SPINS: i32 = 100_000 // loads, about 50 µs: a sleeper takes as long to wake
// @ts-ignore: decorator
@inline
const NAP: i64 = 1_000_000 // ns between looks for a failure while the last chunk runs elsewhere
// @ts-ignore: decorator
@inline
const NAPS: i32 = 120_000 // after two minutes without the end of a chunk its thread is given up

/** Opens a job of at most 65,535 chunks, after the end of the one before; its epoch. */
export function publish(c: usize, program: i32, job: i32, chunks: i32): i32 {
  store<i32>(c, program, PROGRAM)
  store<i32>(c, job, JOB)
  atomic.store<i32>(c, 0, DONE)
  const epoch = atomic.load<i32>(c) + 1
  atomic.store<i64>(c, ((<i64>epoch) << 32) | ((<i64>chunks) << 16), NEXT)
  atomic.store<i32>(c, epoch)
  if (atomic.load<i32>(c, ASLEEP) > 0) atomic.notify(c, -1)
  return epoch
}

/** A chunk of the job of that epoch for the caller alone; −1 if there is none left. */
export function claim(c: usize, epoch: i32): i32 {
  let seen = atomic.load<i64>(c, NEXT)
  while (true) {
    const chunk = <i32>seen & 0xffff
    if (<i32>(seen >> 32) != epoch || chunk >= (<i32>seen >>> 16)) return -1
    const found = atomic.cmpxchg<i64>(c, seen, seen + 1, NEXT)
    if (found == seen) return chunk
    seen = found
  }
}

/** A chunk is done. */
export function finish(c: usize): void {
  atomic.add<i32>(c, 1, DONE)
}

/** A chunk of another thread trapped. */
export function fail(c: usize): void {
  atomic.store<i32>(c, 1, FAILED)
}

/** Returns when all chunks are done: 0, or 1 if one failed or does not end. `sleeps` says that this thread may block. */
export function join(c: usize, chunks: i32, sleeps: i32): i32 {
  let naps = 0
  while (true) {
    for (let i = 0; i < SPINS; i++) if (atomic.load<i32>(c, DONE) == chunks) return 0
    if (atomic.load<i32>(c, FAILED)) return 1
    if (sleeps) {
      const done = atomic.load<i32>(c, DONE)
      if (done == chunks) return 0
      atomic.wait<i32>(c + DONE, done, NAP)
    }
    if (++naps > NAPS) {
      fail(c)
      return 1
    }
  }
}

/** Waits for a job after that of `epoch`; its epoch. It comes back without one, too, after a while. */
export function awaitJob(c: usize, epoch: i32, nanoseconds: i64): i32 {
  for (let i = 0; i < SPINS; i++) {
    const now = atomic.load<i32>(c)
    if (now != epoch) return now
  }
  atomic.add<i32>(c, 1, ASLEEP)
  atomic.wait<i32>(c, epoch, nanoseconds)
  atomic.sub<i32>(c, 1, ASLEEP)
  return atomic.load<i32>(c)
}

export function programOf(c: usize): i32 {
  return load<i32>(c, PROGRAM)
}
