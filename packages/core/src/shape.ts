/**
 * Shapes: sizes, strides, axes, broadcasting. Those that are handed out are frozen, and V8 reads frozen arrays by a call for each
 * element, not inline: what the library reads itself are `sizes`, which are not.
 */
import { RangeError, ShapeError } from './errors.js'
import { show } from './show.js'

export type Shape = readonly number[]

/** Shapes that were handed out, and their sizes: most programs have few, and freezing one takes as long as a small kernel. */
const slots = 1024
const frozen = new Array<Shape>(slots).fill(Object.freeze([]))
const sizesIn = new Array<Shape>(slots).fill([])

/** The same sizes in an array that nobody can write to, often one that is there already. */
export const frozenShape = (shape: Shape): Shape => {
  let hash = shape.length
  for (let i = 0; i < shape.length; i++) hash = (Math.imul(hash, 31) + (shape[i] as number)) | 0
  const slot = hash & (slots - 1)
  if (sameShape(sizesIn[slot] as Shape, shape)) return frozen[slot] as Shape
  const copy = Object.freeze(sizesOf(shape))
  sizesIn[slot] = sizesOf(shape)
  frozen[slot] = copy
  return copy
}

/** The same sizes in a new array. */
export const sizesOf = (shape: Shape): number[] => {
  const sizes = new Array<number>(shape.length)
  for (let i = 0; i < shape.length; i++) sizes[i] = shape[i] as number
  return sizes
}

/** The sizes from `start` up to `end`, which count from the end if negative, in a new array: `slice`. */
export const sizesBetween = (shape: Shape, start: number, end = shape.length): number[] => {
  const first = start < 0 ? Math.max(0, start + shape.length) : start
  const stop = end < 0 ? end + shape.length : Math.min(end, shape.length)
  const sizes: number[] = []
  for (let i = first; i < stop; i++) sizes.push(shape[i] as number)
  return sizes
}

/** What `f` makes of each size and its axis: `map`. */
export const mapSizes = <T>(shape: Shape, f: (size: number, axis: number) => T): T[] => {
  const results: T[] = []
  for (let i = 0; i < shape.length; i++) results.push(f(shape[i] as number, i))
  return results
}

export const sizeOf = (shape: Shape): number => {
  let size = 1
  for (let i = 0; i < shape.length; i++) size *= shape[i] as number
  return size
}

/** Row-major strides in elements: `[2, 3, 4]` gives `[12, 4, 1]`. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step
    step *= shape[i] as number
  }
  return strides
}

export const sameShape = (a: Shape, b: Shape): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** `[2,3]`, as errors and programs print it. */
export const showShape = (shape: Shape): string =>
  Array.isArray(shape) && shape.every(Number.isInteger) ? `[${shape.join(',')}]` : show(shape)

/** As in NumPy. */
export const largestRank = 64

/** @throws ShapeError unless it is an array of whole numbers ≥ 0, at most 64 of them */
export const checkShape = (operation: string, shape: Shape): void => {
  if (Array.isArray(shape)) {
    let fits = true
    for (let i = 0; i < shape.length; i++) if (!Number.isInteger(shape[i]) || (shape[i] as number) < 0) fits = false
    if (fits && shape.length <= largestRank) return
    if (fits) {
      throw new ShapeError(`${operation}: a tensor has at most ${largestRank} axes, not ${shape.length}.`)
    }
  }
  throw new ShapeError(`${operation}: a shape is an array of whole numbers ≥ 0, not ${show(shape)}.`)
}

/** Kernels count elements in 31 bits. */
export const largestSize = 2 ** 31 - 1

/** @throws ShapeError for a shape of more elements than memory may hold */
export const checkSize = (operation: string, shape: Shape): void => {
  if (sizeOf(shape) <= largestSize) return
  throw new ShapeError(
    `${operation}: ${showShape(shape)} has ${sizeOf(shape)} elements, and memory holds at most ${largestSize}. Work in smaller parts.`,
  )
}

/** @throws RangeError unless `count` is a whole number of elements that memory may hold */
export const checkCount = (operation: string, name: string, count: number): void => {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`${operation}: ${name} is ${show(count)}; it has to be a whole number ≥ 0.`)
  }
  if (count > largestSize) {
    throw new RangeError(
      `${operation}: ${name} is ${count}; a tensor holds at most ${largestSize} numbers. Work in smaller parts.`,
    )
  }
}

/** Each is an operation of its own. */
const mostTerms = 2 ** 16

/** @throws RangeError unless `count` is a whole number of terms that anyone would compute one by one */
export const checkTerms = (operation: string, name: string, count: number): void => {
  checkCount(operation, name, count)
  if (count > mostTerms) throw new RangeError(`${operation}: ${name} is ${count}; more than ${mostTerms} are too many.`)
}

/** An axis counted from the front: −1 is the last. @throws RangeError if it is outside the rank */
export const canonicalAxis = (operation: string, axis: number, rank: number): number => {
  if (!Number.isInteger(axis)) {
    throw new RangeError(`${operation}: an axis is a whole number, not ${show(axis)}.`)
  }
  if (axis < -rank || axis >= rank) {
    const cure = rank === 0 ? 'A scalar has no axes.' : `Axes go from ${-rank} to ${rank - 1}.`
    throw new RangeError(`${operation}: axis ${axis} is outside a tensor of rank ${rank}. ${cure}`)
  }
  return axis < 0 ? axis + rank : axis
}

/** Sorted distinct axes counted from the front; `undefined` or `null` means all of them. */
export const canonicalAxes = (
  operation: string,
  axes: number | readonly number[] | null | undefined,
  rank: number,
): number[] => {
  if (axes === undefined || axes === null) return range(rank)
  if (typeof axes === 'number') return [canonicalAxis(operation, axes, rank)]
  const list = (Array.isArray(axes) ? axes : [axes]).map((a) => canonicalAxis(operation, a, rank))
  if (new Set(list).size !== list.length)
    throw new ShapeError(`${operation}: axes ${showShape(list)} name one axis twice.`)
  return list.sort((a, b) => a - b)
}

/** NumPy's broadcasting: align at the right, sizes are equal or 1. @throws ShapeError naming the first pair that differs */
export const broadcastShapes = (operation: string, ...shapes: readonly Shape[]): Shape => {
  let rank = 0
  for (const shape of shapes) {
    checkShape(operation, shape)
    if (shape.length > rank) rank = shape.length
  }
  const result: number[] = []
  for (let i = 0; i < rank; i++) {
    let size = 1
    for (const shape of shapes) {
      const n = shape[i - rank + shape.length] ?? 1
      if (n === size || n === 1) continue
      if (size !== 1) {
        throw new ShapeError(
          `${operation}: shapes ${shapes.map(showShape).join(' and ')} do not broadcast: sizes ${size} and ${n} at axis ${i - rank} differ and neither is 1.`,
        )
      }
      size = n
    }
    result.push(size)
  }
  return result
}

/** `shape` without the given (canonical) axes. */
export const withoutAxes = (shape: Shape, axes: readonly number[]): number[] => {
  const rest: number[] = []
  for (let i = 0; i < shape.length; i++) if (!axes.includes(i)) rest.push(shape[i] as number)
  return rest
}

/** The permutation that undoes `permutation`. */
export const invertPermutation = (permutation: readonly number[]): number[] => {
  const inverse = new Array<number>(permutation.length)
  permutation.forEach((p, i) => {
    inverse[p] = i
  })
  return inverse
}

export const range = (n: number, start = 0): number[] => {
  const numbers = new Array<number>(n > 0 ? Math.trunc(n) : 0)
  for (let i = 0; i < numbers.length; i++) numbers[i] = start + i
  return numbers
}
