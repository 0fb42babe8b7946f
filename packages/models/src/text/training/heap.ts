/** A queue whose next is the one that comes before all others. */
export interface Heap<T> {
  readonly push: (x: T) => void
  /** Takes the next one out; undefined if there is none. */
  readonly pop: () => T | undefined
}

/** A binary heap; `before` is the order. */
export const heapOf = <T>(before: (a: T, b: T) => boolean): Heap<T> => {
  const all: T[] = []
  const at = (i: number): T => all[i] as T
  return {
    push: (x) => {
      let i = all.length
      all.push(x)
      for (let up = (i - 1) >> 1; i > 0 && before(x, at(up)); up = (i - 1) >> 1) {
        all[i] = at(up)
        i = up
      }
      all[i] = x
    },
    pop: () => {
      const [first] = all
      const last = all.pop()
      if (all.length === 0 || last === undefined) return first
      let i = 0
      for (let down = 1; down < all.length; down = 2 * i + 1) {
        if (down + 1 < all.length && before(at(down + 1), at(down))) down += 1
        if (!before(at(down), last)) break
        all[i] = at(down)
        i = down
      }
      all[i] = last
      return first
    },
  }
}
