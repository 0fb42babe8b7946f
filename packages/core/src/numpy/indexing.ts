/**
 * Reading and updating by index: `x.slice(…)` and `x.at(…)`. Static indices become slices; arrays of positions become one
 * gather or scatter over index vectors.
 */
import { ShapeError } from '../errors.js'
import { add, mul } from '../primitives/arithmetic.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { gatherSlices, type SliceSpec } from '../primitives/gather.js'
import { max, min } from '../primitives/maximum.js'
import { type ScatterKind, scatterSlices } from '../primitives/scatter.js'
import { broadcastInDim, broadcastTo, reshape, transpose } from '../primitives/shape.js'
import { dynamicSlice, dynamicUpdateSlice, rev, slice, sliceOwn } from '../primitives/slice.js'
import { showType } from '../print.js'
import {
  broadcastShapes,
  invertPermutation,
  range,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  sizesBetween,
  sizesOf,
} from '../shape.js'
import {
  ConcreteTensor,
  type IndexEntry,
  type IndexedUpdate,
  type IndexMode,
  scalar,
  Tensor,
  type TensorLike,
  toTensor,
} from '../tensor.js'
import { type AxisPlan, type IndexItem, readIndex } from './index-plan.js'
import { where } from './where.js'

const axesOf = (items: readonly IndexItem[]): readonly AxisPlan[] => items.filter((item) => item.kind !== 'new')

/** Part of an index that only slices, as a view of static ranges. */
const sliceStatic = (x: Tensor, items: readonly IndexItem[]): Tensor => {
  const start: number[] = []
  const limit: number[] = []
  const strides: number[] = []
  const reversed: number[] = []
  const shape: number[] = []
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as IndexItem
    if (item.kind === 'new') shape.push(1)
    else if (item.kind === 'position') {
      start.push(item.at)
      limit.push(item.at + 1)
      strides.push(1)
    } else if (item.kind === 'range') {
      const last = item.start + (item.size - 1) * item.step
      const low = item.size === 0 ? 0 : Math.min(item.start, last)
      if (item.step < 0 && item.size > 1) reversed.push(start.length)
      start.push(low)
      limit.push(item.size === 0 ? 0 : Math.max(item.start, last) + 1)
      strides.push(Math.abs(item.step))
      shape.push(item.size)
    }
  }
  const part = sliceOwn(x, start, limit, strides)
  return reshape(reversed.length === 0 ? part : rev(part, reversed), shape)
}

/** The result's shape if all arrays together come out as `block`, in the order of the items; new axes may be left out. */
const resultShape = (items: readonly IndexItem[], block: Shape, newAxes = true): number[] => {
  const first = blockPosition(items)
  const shape: number[] = []
  items.forEach((item, i) => {
    if (i === first) shape.push(...block)
    if (item.kind === 'new' && newAxes) shape.push(1)
    else if (item.kind === 'range') shape.push(item.size)
  })
  return first === -1 ? [...block, ...sizesOf(shape)] : shape
}

const isAdvanced = (item: IndexItem): boolean => item.kind === 'array' || item.kind === 'position'

/** The item at which the axes of arrays come out: the first of them if they stand together, else −1 for the front. */
const blockPosition = (items: readonly IndexItem[]): number => {
  if (!items.some((item) => item.kind === 'array')) return -1
  const first = items.findIndex(isAdvanced)
  const last = items.length - 1 - [...items].reverse().findIndex(isAdvanced)
  return items.slice(first, last + 1).every(isAdvanced) ? first : -1
}

/** An index as one gather or scatter, and how its axes lie in the result. */
interface GatherPlan {
  readonly indices: Tensor
  readonly spec: SliceSpec
  /** The result's shape, and the same without new axes. */
  readonly shape: Shape
  readonly core: Shape
  /** For each axis of `core`, the axis of the gathered tensor. */
  readonly order: readonly number[]
  /** No element is reached twice. */
  readonly unique: boolean
}

const isContiguous = (item: AxisPlan): boolean => item.kind === 'range' && (item.step === 1 || item.size <= 1)

/**
 * Index vectors have the axes of the arrays' common shape, then one axis for each range with a step; ranges without are
 * windows of the slices.
 */
const planGather = (shape: Shape, items: readonly IndexItem[], mode: SliceSpec['mode']): GatherPlan => {
  const axes = axesOf(items)
  const block = broadcastShapes(
    'index',
    ...axes.flatMap((item) => (item.kind === 'array' ? [item.positions.sizes] : [])),
  )
  const stepped = axes.filter((item) => item.kind === 'range' && !isContiguous(item))
  const batch = [...block, ...stepped.map((item) => (item.kind === 'range' ? item.size : 0))]
  const components: Tensor[] = []
  const startIndexMap: number[] = []
  const collapsed: number[] = []
  const sliceSizes = sizesOf(shape)
  let nextStepped = block.length
  const gathered: number[] = []
  let nextWindow = batch.length
  const component = (axis: number, positions: Tensor, at: readonly number[]): void => {
    startIndexMap.push(axis)
    components.push(broadcastInDim(positions, [...batch, 1], at))
  }
  axes.forEach((item, axis) => {
    if (item.kind === 'array') {
      const lead = block.length - item.positions.ndim
      component(axis, item.positions, range(item.positions.ndim, lead))
      sliceSizes[axis] = 1
      collapsed.push(axis)
    } else if (item.kind === 'position') {
      if (item.at > 0) component(axis, scalar(item.at, 'int32'), [])
      sliceSizes[axis] = 1
      collapsed.push(axis)
    } else if (isContiguous(item)) {
      if (item.start > 0 && item.size > 0) component(axis, scalar(item.start, 'int32'), [])
      sliceSizes[axis] = item.size
      gathered.push(nextWindow++)
    } else {
      const positions = Int32Array.from(range(item.size), (i) => item.start + i * item.step)
      component(axis, new ConcreteTensor([item.size], 'int32', positions), [nextStepped])
      sliceSizes[axis] = 1
      collapsed.push(axis)
      gathered.push(nextStepped++)
    }
  })
  const first = blockPosition(items)
  const rangesBefore = first === -1 ? 0 : items.slice(0, first).filter((item) => item.kind === 'range').length
  const order = [...gathered.slice(0, rangesBefore), ...range(block.length), ...gathered.slice(rangesBefore)]
  return {
    indices: vectors(components, batch),
    spec: { sliceSizes, collapsed, startIndexMap, mode },
    shape: resultShape(items, block),
    core: resultShape(items, block, false),
    order,
    unique: !axes.some((item) => item.kind === 'array' && item.positions.size > 1),
  }
}

const vectors = (components: readonly Tensor[], batch: Shape): Tensor =>
  components.length === 0
    ? new ConcreteTensor([...batch, 0], 'int32', new Int32Array(0))
    : concatenate(components, batch.length)

/** `true` if blocks of fixed size at positions known at run time say it all, as in `x.slice(i)` for a traced i. */
const isDynamicBlock = (items: readonly IndexItem[]): boolean =>
  axesOf(items).every(
    (item) => item.kind === 'position' || isContiguous(item) || (item.kind === 'array' && item.positions.ndim === 0),
  )

const blockStarts = (items: readonly IndexItem[]): readonly (Tensor | number)[] =>
  axesOf(items).map((item) =>
    item.kind === 'array' ? item.positions : item.kind === 'range' ? (item.size === 0 ? 0 : item.start) : item.at,
  )

const blockSizes = (items: readonly IndexItem[]): number[] =>
  axesOf(items).map((item) => (item.kind === 'range' ? item.size : 1))

const isStatic = (items: readonly IndexItem[]): boolean => {
  for (let i = 0; i < items.length; i++) if ((items[i] as IndexItem).kind === 'array') return false
  return true
}

/** Whether positions outside count as the nearest inside. */
const clips = (mode: IndexMode): boolean => mode === 'clip' || mode === 'promise_in_bounds'

const readItems = (x: Tensor, items: readonly IndexItem[], mode: IndexMode, fillValue?: number): Tensor => {
  if (isStatic(items)) return sliceStatic(x, items)
  if (clips(mode) && isDynamicBlock(items)) {
    return reshape(dynamicSlice(x, blockStarts(items), blockSizes(items)), resultShape(items, []))
  }
  const plan = planGather(x.sizes, items, clips(mode) ? 'clip' : 'fill')
  const fill = fillValue === undefined || Number.isNaN(fillValue) ? null : fillValue
  return reshape(transpose(gatherSlices(x, plan.indices, plan.spec, fill), plan.order), plan.shape)
}

/** The elements at an index; positions known only at run time follow the mode. */
export const readAt = (x: Tensor, index: readonly IndexEntry[], mode?: IndexMode, fillValue?: number): Tensor =>
  readItems(x, readIndex(x.sizes, index, mode === undefined), mode ?? 'fill', fillValue)

/** `x.slice(…index)`: positions known only at run time are clamped into the axis, as `x[i]` does in JAX. */
export const sliceAt = (x: Tensor, index: readonly IndexEntry[]): Tensor =>
  readItems(x, readIndex(x.sizes, index, true), 'clip')

const combine: Readonly<Record<ScatterKind, (x: Tensor, y: Tensor) => Tensor>> = {
  scatter: (_, y) => y,
  scatterAdd: add,
  scatterMul: mul,
  scatterMin: min,
  scatterMax: max,
}

/** A value broadcast to the shape of an index. */
const fitValue = (operation: string, value: Tensor, shape: Shape): Tensor => {
  // As in NumPy, leading axes of size 1 may be too many.
  const extra = Math.max(0, value.ndim - shape.length)
  const trimmed = sizesBetween(value.sizes, 0, extra).every((n) => n === 1)
    ? reshape(value, sizesBetween(value.sizes, extra))
    : value
  const offset = shape.length - trimmed.ndim
  if (offset < 0 || trimmed.sizes.some((n, i) => n !== 1 && n !== shape[i + offset])) {
    throw new ShapeError(
      `${operation}: the value ${showType(value)} does not broadcast to the indexed shape ${showShape(shape)}.`,
    )
  }
  return broadcastTo(trimmed, shape)
}

/** A mask known only at run time still says what a scalar value does. */
const updateWhere = (x: Tensor, mask: Tensor, value: Tensor, kind: ScatterKind): Tensor => {
  const lead = mask.ndim
  const full = broadcastInDim(mask, x.sizes, range(lead))
  return where(full, combine[kind](x, broadcastTo(value, x.sizes)), x)
}

const update = (
  kind: ScatterKind,
  operation: string,
  x: Tensor,
  index: readonly IndexEntry[],
  given: TensorLike,
  mode?: IndexMode,
): Tensor => {
  const value = convertElementType(toTensor(given), x.dtype, x.weakType)
  const [mask] = index
  if (index.length === 1 && mask instanceof Tensor && mask.dtype === 'bool' && value.ndim === 0 && mask.ndim > 0) {
    if (sameShape(mask.sizes, sizesBetween(x.sizes, 0, mask.ndim))) return updateWhere(x, mask, value, kind)
  }
  const items = readIndex(x.sizes, index, mode === undefined && x.size > 0)
  // Nothing is there to change, wherever the index points.
  if (x.size === 0) return x
  if (isStatic(items) && isDynamicBlock(items)) {
    const block = fitValue(operation, value, resultShape(items, []))
    if (block.size === 0) return x
    const sizes = blockSizes(items)
    const starts = blockStarts(items)
    const part = reshape(block, sizes)
    const changed = kind === 'scatter' ? part : combine[kind](dynamicPart(x, starts as readonly number[], sizes), part)
    return sameShape(sizes, x.sizes) ? changed : dynamicUpdateSlice(x, changed, starts)
  }
  const plan = planGather(x.sizes, items, clips(mode ?? 'drop') ? 'clip' : 'fill')
  const core = reshape(fitValue(operation, value, plan.shape), plan.core)
  if (sizeOf(plan.core) === 0) return x
  const updates = transpose(core, invertPermutation(plan.order))
  return scatterSlices(kind, x, plan.indices, updates, { ...plan.spec, uniqueIndices: plan.unique })
}

const dynamicPart = (x: Tensor, starts: readonly number[], sizes: readonly number[]): Tensor =>
  slice(
    x,
    starts,
    starts.map((s, i) => s + (sizes[i] as number)),
  )

/** The pending update of `x.at(…index)`. */
export const at = (x: Tensor, index: readonly IndexEntry[]): IndexedUpdate => ({
  get: ({ mode, fillValue } = {}) => readAt(x, index, mode, fillValue),
  set: (value, { mode } = {}) => update('scatter', 'at.set', x, index, value, mode),
  add: (value, { mode } = {}) => update('scatterAdd', 'at.add', x, index, value, mode),
  mul: (value, { mode } = {}) => update('scatterMul', 'at.mul', x, index, value, mode),
  min: (value, { mode } = {}) => update('scatterMin', 'at.min', x, index, value, mode),
  max: (value, { mode } = {}) => update('scatterMax', 'at.max', x, index, value, mode),
})
