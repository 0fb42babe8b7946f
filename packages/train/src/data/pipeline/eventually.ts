/** What may still be on its way, as images that are being decoded; what is there is not made to wait. */

/** Something now, or a promise of it. */
export type Eventually<T> = T | Promise<T>

export const isPromise = (x: unknown): x is Promise<unknown> => x instanceof Promise

/** f of something, at once if it is there. */
export const chained = <T, U>(x: Eventually<T>, f: (x: T) => Eventually<U>): Eventually<U> =>
  isPromise(x) ? x.then(f) : f(x)

/** All of them, at once if all are there. */
export const together = <T>(all: readonly Eventually<T>[]): Eventually<readonly T[]> =>
  all.some(isPromise) ? Promise.all(all) : (all as readonly T[])

/**
 * What is asked for before its turn, which may never come: nobody else would catch what fails meanwhile. What is there at once, or
 * fails at once, is left for its turn.
 */
export const askedAhead = <T>(ask: () => Eventually<T>): Promise<T> | undefined => {
  try {
    const asked = ask()
    if (!isPromise(asked)) return undefined
    asked.catch(() => undefined)
    return asked
  } catch {
    return undefined
  }
}
