/**
 * NumPy's indexing read into XLA's terms: which axes of a tensor an index walks by arrays, which by ranges, and in which order
 * the result's axes come out.
 */
import { isFloat } from '../dtype.js'
import { ConcretizationError, DTypeError, RangeError, ShapeError } from '../errors.js'
import { add } from '../primitives/arithmetic.js'
import { lt } from '../primitives/compare.js'
import { convertElementType } from '../primitives/convert.js'
import { select } from '../primitives/select.js'
import { showType } from '../print.js'
import { type Shape, sizeOf } from '../shape.js'
import { show } from '../show.js'
import { ConcreteTensor, type IndexEntry, type Slice, Tensor } from '../tensor.js'

/** How one axis of the tensor is walked. */
export type AxisPlan =
  | { readonly kind: 'range'; readonly start: number; readonly step: number; readonly size: number }
  /** One static position; the result leaves the axis out. */
  | { readonly kind: 'position'; readonly at: number }
  /** Positions from a tensor: int32, not negative where inside. */
  | { readonly kind: 'array'; readonly positions: Tensor }

/** One item of an index in order: an axis of the tensor, or a new axis of size 1. */
export type IndexItem = AxisPlan | { readonly kind: 'new' }

/** Python's rules for `start:stop:step` on an axis of `n`. */
const rangeOf = (n: number, { start, stop, step }: Slice): AxisPlan => {
  const by = step ?? 1
  for (const value of [start, stop, by]) {
    if (value !== undefined && value !== null && !Number.isInteger(value)) {
      throw new RangeError(
        `index: a slice takes whole numbers, not ${String(value)}. Use lax.dynamicSlice for positions known only at run time.`,
      )
    }
  }
  if (by === 0) throw new RangeError('index: the step of a slice cannot be 0.')
  const low = by > 0 ? 0 : -1
  const high = by > 0 ? n : n - 1
  const place = (value: number | null | undefined, otherwise: number): number =>
    value === undefined || value === null ? otherwise : Math.min(Math.max(value < 0 ? value + n : value, low), high)
  const from = place(start, by > 0 ? low : high)
  const to = place(stop, by > 0 ? high : low)
  return { kind: 'range', start: from, step: by, size: Math.max(0, Math.ceil((to - from) / by)) }
}

const outside = (position: number, axis: number, shape: Shape): RangeError => {
  const n = shape[axis] as number
  const cure = n === 0 ? 'The axis is empty.' : `Positions go from ${-n} to ${n - 1}.`
  return new RangeError(`index: position ${position} is outside axis ${axis} of shape [${shape}]. ${cure}`)
}

/** An axis indexed by static positions, which are checked unless a mode says what happens outside. */
const staticPositions = (values: readonly number[], axis: number, shape: Shape, checked: boolean): AxisPlan => {
  const n = shape[axis] as number
  const positions = Int32Array.from(values, (value) => {
    if (!Number.isInteger(value))
      throw new DTypeError(`index: position ${String(value)} of axis ${axis} is no whole number.`)
    if (checked && (value < -n || value >= n)) throw outside(value, axis, shape)
    return value < 0 ? value + n : value
  })
  return { kind: 'array', positions: new ConcreteTensor([values.length], 'int32', positions) }
}

/** As below, at once: positions with values need no operations. */
const concreteFromFront = (positions: ConcreteTensor, n: number): Tensor => {
  const values = positions.elements()
  if (positions.dtype === 'int32' && values.every((value: number) => value >= 0)) return positions
  const index = Int32Array.from(values, (value) => (value < 0 ? value + n : value))
  return new ConcreteTensor(positions.sizes, 'int32', index)
}

/** Positions counted from the front: negative ones count from the end. */
export const fromFront = (positions: Tensor, n: number): Tensor => {
  if (isFloat(positions.dtype)) {
    throw new DTypeError(
      `index: ${showType(positions)} is no index; positions are whole. Convert with i.astype('int32').`,
    )
  }
  if (positions instanceof ConcreteTensor) return concreteFromFront(positions, n)
  const index = convertElementType(positions, 'int32')
  return positions.dtype === 'int32' ? select(lt(index, 0), add(index, n), index) : index
}

/** The positions where a concrete mask is true, one list per axis. @throws ConcretizationError for a traced mask */
const whereTrue = (mask: Tensor): readonly Int32Array[] => {
  if (!(mask instanceof ConcreteTensor)) {
    throw new ConcretizationError(
      `index: the number of results depends on the mask ${mask.describe() ?? showType(mask)}, which has no values yet. ` +
        'Use np.where(mask, x, otherwise), or x.at(mask).set(number), whose shapes are known.',
    )
  }
  const elements = mask.elements()
  const hits: number[] = []
  for (let i = 0; i < elements.length; i++) if (elements[i]) hits.push(i)
  return mask.sizes.map((n, axis) => {
    const step = sizeOf(mask.sizes.slice(axis + 1))
    return Int32Array.from(hits, (flat) => Math.floor(flat / step) % n)
  })
}

/** Axes of the tensor that an entry takes up. */
const axesTaken = (entry: IndexEntry): number => {
  if (entry === null || entry === '...') return 0
  return entry instanceof Tensor && entry.dtype === 'bool' ? entry.ndim : 1
}

const everything: Slice = {}

/** The entries with `'...'` written out and missing ones appended. */
const writtenOut = (shape: Shape, entries: readonly IndexEntry[]): readonly IndexEntry[] => {
  let taken = 0
  for (let i = 0; i < entries.length; i++) taken += axesTaken(entries[i] as IndexEntry)
  if (taken > shape.length) {
    throw new ShapeError(
      `index: ${taken} positions for the ${shape.length} axes of shape [${shape}]. Give at most one per axis.`,
    )
  }
  const dots = entries.indexOf('...')
  if (dots === -1 && taken === shape.length) return entries
  const rest = new Array<Slice>(shape.length - taken).fill(everything)
  if (dots === -1) return [...entries, ...rest]
  if (entries.lastIndexOf('...') !== dots)
    throw new ShapeError("index: '...' stands for all other axes and can appear once only.")
  return [...entries.slice(0, dots), ...rest, ...entries.slice(dots + 1)]
}

const isSlice = (entry: unknown): entry is Slice => {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return false
  for (const key in entry) if (key !== 'start' && key !== 'stop' && key !== 'step') return false
  return true
}

/**
 * The items of an index in order. Static positions outside an axis throw if `checked`; otherwise they are left to a mode.
 * @throws RangeError, ShapeError, DTypeError, ConcretizationError
 */
export const readIndex = (shape: Shape, entries: readonly IndexEntry[], checked: boolean): readonly IndexItem[] => {
  const items: IndexItem[] = []
  let axis = 0
  for (const entry of writtenOut(shape, entries)) {
    if (entry === null) {
      items.push({ kind: 'new' })
      continue
    }
    const n = shape[axis] as number
    if (typeof entry === 'number') items.push(positionOf(entry, axis, shape, checked))
    else if (Array.isArray(entry)) items.push(staticPositions(entry, axis, shape, checked))
    else if (entry instanceof Tensor) {
      if (entry.dtype === 'bool') {
        items.push(...maskItems(entry, axis, shape))
        axis += entry.ndim
        continue
      }
      items.push({ kind: 'array', positions: fromFront(entry, n) })
    } else if (isSlice(entry)) items.push(rangeOf(n, entry))
    else throw new DTypeError(`index: ${show(entry)} is no position, slice, tensor, array of positions, null or '...'.`)
    axis++
  }
  return items
}

const positionOf = (value: number, axis: number, shape: Shape, checked: boolean): AxisPlan => {
  const n = shape[axis] as number
  if (!Number.isInteger(value))
    throw new DTypeError(`index: position ${String(value)} of axis ${axis} is no whole number.`)
  if (value >= -n && value < n) return { kind: 'position', at: value < 0 ? value + n : value }
  if (checked) throw outside(value, axis, shape)
  return { kind: 'array', positions: new ConcreteTensor([], 'int32', Int32Array.of(value < 0 ? value + n : value)) }
}

const maskItems = (mask: Tensor, axis: number, shape: Shape): readonly IndexItem[] => {
  mask.sizes.forEach((n, i) => {
    if (n === shape[axis + i]) return
    throw new ShapeError(
      `index: the mask ${showType(mask)} does not fit axis ${axis + i} of shape [${shape}]: sizes ${n} and ${shape[axis + i]} differ.`,
    )
  })
  if (mask.ndim === 0) throw new ShapeError('index: a bool scalar is no index here. Use np.where(mask, x, otherwise).')
  return whereTrue(mask).map((list) => ({ kind: 'array', positions: new ConcreteTensor([list.length], 'int32', list) }))
}
