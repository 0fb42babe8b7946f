/** Shapes: sizes, strides, axes, broadcasting. */
import { RangeError, ShapeError } from './errors.js'

export type Shape = readonly number[]

/** Shapes that were handed out: most programs have few, and freezing one takes as long as a small kernel. */
const frozen = new Array<Shape>(1024).fill(Object.freeze([]))

/** The same sizes in an array that nobody can write to, often one that is there already. */
export const frozenShape = (shape: Shape): Shape => {
  let hash = shape.length
  for (let i = 0; i < shape.length; i++) hash = (Math.imul(hash, 31) + (shape[i] as number)) | 0
  const slot = hash & 1023
  const known = frozen[slot] as Shape
  if (known === shape || sameShape(known, shape)) return known
  const copy = Object.freeze([...shape])
  frozen[slot] = copy
  return copy
}

export const sizeOf = (shape: Shape): number => {
  let size = 1
  for (const n of shape) size *= n
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
export const showShape = (shape: Shape): string => `[${shape.join(',')}]`

/** @throws ShapeError unless every entry is a whole number ≥ 0 */
export const checkShape = (operation: string, shape: Shape): void => {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(`${operation}: a shape is an array of whole numbers ≥ 0, not ${JSON.stringify(shape)}.`)
  }
}

/** An axis counted from the front: −1 is the last. @throws RangeError if it is outside the rank */
export const canonicalAxis = (operation: string, axis: number, rank: number): number => {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
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
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, i) => i)
  const list = (typeof axes === 'number' ? [axes] : [...axes]).map((a) => canonicalAxis(operation, a, rank))
  if (new Set(list).size !== list.length)
    throw new ShapeError(`${operation}: axes ${showShape(list)} name one axis twice.`)
  return list.sort((a, b) => a - b)
}

/** NumPy's broadcasting: align at the right, sizes are equal or 1. @throws ShapeError naming the first pair that differs */
export const broadcastShapes = (operation: string, ...shapes: readonly Shape[]): Shape => {
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  return Array.from({ length: rank }, (_, i) => {
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
    return size
  })
}

/** `shape` without the given (canonical) axes. */
export const withoutAxes = (shape: Shape, axes: readonly number[]): number[] =>
  shape.filter((_, i) => !axes.includes(i))

/** The permutation that undoes `permutation`. */
export const invertPermutation = (permutation: readonly number[]): number[] => {
  const inverse = new Array<number>(permutation.length)
  permutation.forEach((p, i) => {
    inverse[p] = i
  })
  return inverse
}

export const range = (n: number, start = 0): number[] => Array.from({ length: n }, (_, i) => start + i)
