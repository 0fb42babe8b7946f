/** Slices at many positions known at run time. `scatter.ts` is its counterpart. */

import { wholeNumbers } from '../checks.js'
import { allocate, bytesOf, type DType, isFloat, isUnsigned, widthOf } from '../dtype.js'
import { DTypeError, RangeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { showType } from '../print.js'
import { checkShape, range, type Shape, showShape, sizeOf, sizesBetween, stridesOf } from '../shape.js'
import { show } from '../show.js'
import { type Abstract, ConcreteTensor, type IndexMode, type Tensor, uniform } from '../tensor.js'
import { moveBatchAxis } from './batching.js'
import { concatenate } from './concatenate.js'
import { convertElementType } from './convert.js'
import { broadcastedIota } from './iota.js'
import { nullable, number } from './parameters.js'
import {
  bind1,
  type Emitter,
  type LinearInput,
  type Operand,
  type Params,
  type Primitive,
  primitive,
} from './primitive.js'
import { scatterSlices } from './scatter.js'
import { transpose } from './shape.js'
import { sliceParameters } from './slice-parameters.js'
import { copiesCheaply, copyInto } from './strided-copy.js'

/** Slices of an operand, one for each index vector (the last axis of the indices). */
export interface SliceSpec {
  /** Size of a slice along every axis of the operand. */
  readonly sliceSizes: Shape
  /** Axes of size 1 in a slice that the result leaves out. */
  readonly collapsed: readonly number[]
  /** The operand's axis that each component of an index vector counts along. */
  readonly startIndexMap: readonly number[]
  /** `clip` moves a slice inside the operand, `fill` takes the whole slice as outside. */
  readonly mode: 'clip' | 'fill'
}

/** The axes of a slice that the result keeps. */
export const windowAxes = ({ sliceSizes, collapsed }: SliceSpec): number[] =>
  range(sliceSizes.length).filter((a) => !collapsed.includes(a))

/** @throws ShapeError, DTypeError if indices and sizes do not fit the operand */
export const checkSlices = (name: string, x: Abstract, indices: Abstract, spec: SliceSpec): void => {
  const { sliceSizes, collapsed, startIndexMap } = spec
  const rank = x.shape.length
  if (indices.dtype !== 'int32') {
    throw new DTypeError(`${name}: indices are int32, not ${indices.dtype}. Convert with indices.astype('int32').`)
  }
  if (indices.shape.length === 0 || indices.shape[indices.shape.length - 1] !== startIndexMap.length) {
    throw new ShapeError(
      `${name}: the last axis of the indices ${showType(indices)} holds one position per axis in ${showShape(startIndexMap)}, ` +
        `so its size has to be ${startIndexMap.length}.`,
    )
  }
  if (
    sliceSizes.length !== rank ||
    sliceSizes.some((n, i) => !Number.isInteger(n) || n < 0 || n > (x.shape[i] as number))
  ) {
    throw new ShapeError(`${name}: slices of ${showShape(sliceSizes)} do not fit into ${showType(x)}.`)
  }
  for (const axes of [collapsed, startIndexMap]) {
    if (new Set(axes).size !== axes.length || axes.some((a) => !Number.isInteger(a) || a < 0 || a >= rank)) {
      throw new ShapeError(`${name}: axes ${showShape(axes)} have to be distinct axes of ${showType(x)}.`)
    }
  }
  if (collapsed.some((a) => sliceSizes[a] !== 1)) {
    throw new ShapeError(
      `${name}: axes ${showShape(collapsed)} are left out of the slices ${showShape(sliceSizes)}, so their slice sizes have to be 1.`,
    )
  }
}

/** The table that gather and scatter kernels read; `shape` and `strides` are those of the large side. */
export const slicesTable = (emit: Emitter, shape: Shape, strides: readonly number[], spec: SliceSpec): number =>
  emit.table([
    ...spec.startIndexMap.map((a) => strides[a] as number),
    ...spec.startIndexMap.map((a) => (shape[a] as number) - (spec.sliceSizes[a] as number)),
    ...spec.sliceSizes,
    ...strides,
  ])

/** The fill value in memory, as the bits of its dtype. */
const fillTable = (emit: Emitter, value: number, dtype: DType): number => {
  const bits = new ArrayBuffer(8)
  const one = allocate(dtype, 1)
  one[0] = value
  new Uint8Array(bits).set(new Uint8Array(one.buffer))
  return emit.table([...new Int32Array(bits)])
}

/** What JAX fills with by default: NaN, the smallest int32, the largest unsigned integer, true. */
const defaultFill = (dtype: DType): number => {
  if (isFloat(dtype)) return Number.NaN
  if (dtype === 'bool') return 1
  return isUnsigned(dtype) ? 2 ** (bytesOf(dtype) * 8) - 1 : -(2 ** 31)
}

interface GatherParams extends Params, SliceSpec {
  /** null: the dtype's default */
  readonly fillValue: number | null
}

/** A bool is 0 or 1, whatever number stands for it. */
const fillOf = (dtype: DType, { fillValue }: GatherParams): number => {
  const value = fillValue ?? defaultFill(dtype)
  return dtype === 'bool' ? Number(value !== 0) : value
}

const gatherP: Primitive<GatherParams> = primitive<GatherParams>({
  name: 'gather',
  operands: 2,
  parameters: { ...sliceParameters, fillValue: nullable(number) },
  abstract: ([x, indices], params) => {
    const [type, positions] = [x as Abstract, indices as Abstract]
    checkSlices('gather', type, positions, params)
    return [
      {
        ...type,
        shape: [...positions.shape.slice(0, -1), ...windowAxes(params).map((a) => params.sliceSizes[a] as number)],
      },
    ]
  },
  accepts: 'any',
  lower: (emit, [x, indices], [y], params) => {
    const [source, positions, target] = [x as Operand, indices as Operand, y as Operand]
    if (sizeOf(target.shape) === 0) return
    const meta = slicesTable(emit, source.shape, source.strides ?? stridesOf(source.shape), params)
    const fill = params.mode === 'fill' ? fillTable(emit, fillOf(target.dtype, params), target.dtype) : 0
    emit.call(
      `gather_${widthOf(target.dtype)}`,
      ...[
        source.pointer,
        emit.contiguous(positions),
        target.pointer,
        sizeOf(sizesBetween(positions.shape, 0, -1)),
        params.startIndexMap.length,
      ],
      ...[source.shape.length, meta, params.mode === 'fill' ? 1 : 0, fill],
    )
  },
  evaluate: ([x, indices], params) => {
    const [source, positions] = [x as ConcreteTensor, indices as ConcreteTensor]
    if (!source.hasArray()) return null
    const { array, strides } = source.view()
    const steps = strides ?? stridesOf(source.sizes)
    const slice = sizeOf(params.sliceSizes)
    const count = sizeOf(sizesBetween(positions.sizes, 0, -1))
    if (count * slice * 8 > array.length && !copiesCheaply(array.length, params.sliceSizes, steps)) return null
    const [type] = gatherP.abstract([source.type, positions.type], params) as readonly [Abstract]
    const target = allocate(type.dtype, count * slice)
    const rows = positions.elements()
    const k = params.startIndexMap.length
    const limits = params.startIndexMap.map((a) => (source.sizes[a] as number) - (params.sliceSizes[a] as number))
    for (let i = 0; i < count; i++) {
      let offset = 0
      let inside = true
      for (let j = 0; j < k; j++) {
        const [at, limit] = [rows[i * k + j] as number, limits[j] as number]
        inside &&= at >= 0 && at <= limit
        offset += Math.min(Math.max(at, 0), limit) * (steps[params.startIndexMap[j] as number] as number)
      }
      if (inside || params.mode === 'clip') copyInto(target, i * slice, array, offset, params.sliceSizes, steps)
      else target.fill(fillOf(type.dtype, params), i * slice, (i + 1) * slice)
    }
    return [new ConcreteTensor(type.shape, type.dtype, target, type.weakType)]
  },
  jvp: ([x, indices], [dx], params) => [
    [gatherSlices(x as Tensor, indices as Tensor, params, params.fillValue)],
    [dx ? gatherSlices(dx, indices as Tensor, params, 0) : null],
  ],
  transpose: ([ct], [x, indices], params) => [
    scatterSlices('scatterAdd', uniform(0, (x as LinearInput).abstract), indices as Tensor, ct as Tensor, params),
    null,
  ],
  batch: ([x, indices], [axis, indexAxis], params, { size }) => {
    const [operand, positions] = [x as Tensor, indices as Tensor]
    if (typeof axis !== 'number') {
      return [
        [gatherSlices(operand, moveBatchAxis(positions, indexAxis ?? null, 0, size), params, params.fillValue)],
        [0],
      ]
    }
    const front = moveBatchAxis(operand, axis, 0, size)
    if (typeof indexAxis !== 'number') {
      const whole = shiftedSlices(params, size, false)
      return [[gatherSlices(front, positions, whole, params.fillValue)], [positions.sizes.length - 1]]
    }
    const paired = withBatchIndex(moveBatchAxis(positions, indexAxis, 0, size), size)
    return [[gatherSlices(front, paired, shiftedSlices(params, 1, true), params.fillValue)], [0]]
  },
})

/** The same slices of an operand with a batch axis in front, whole or indexed by a first component. */
export const shiftedSlices = (spec: SliceSpec, size: number, indexed: boolean): SliceSpec => {
  const shift = (axes: readonly number[]): number[] => axes.map((a) => a + 1)
  return {
    sliceSizes: [size, ...spec.sliceSizes],
    collapsed: indexed ? [0, ...shift(spec.collapsed)] : shift(spec.collapsed),
    startIndexMap: indexed ? [0, ...shift(spec.startIndexMap)] : shift(spec.startIndexMap),
    mode: spec.mode,
  }
}

/** Positions along one axis of index vectors, as a component of them. */
const positionsAlong = (shape: Shape, axis: number): Tensor =>
  broadcastedIota('int32', [...shape.slice(0, -1), 1], axis)

/** Index vectors with their position along axis 0 as a new first component. */
export const withBatchIndex = (indices: Tensor, size: number): Tensor =>
  concatenate([positionsAlong([size, ...indices.sizes.slice(1)], 0), indices], indices.sizes.length - 1)

/** Whether an axis that positions pick from has none. */
export const picksFromNothing = (x: Tensor, { collapsed }: Pick<SliceSpec, 'collapsed'>): boolean =>
  collapsed.some((axis) => x.sizes[axis] === 0)

/** @throws RangeError, since no position lies inside an empty axis */
export const nothingInside = (x: Tensor): never => {
  throw new RangeError(
    `index: ${showType(x)} has an empty axis, so no position lies inside it. Mode 'fill' gives a fill value.`,
  )
}

/** Slices of an axis without positions: all of them lie outside. */
const slicesOfNothing = (x: Tensor, indices: Tensor, spec: SliceSpec, fillValue: number | null): Tensor => {
  const shape = [...indices.sizes.slice(0, -1), ...spec.sliceSizes.filter((_, axis) => !spec.collapsed.includes(axis))]
  if (spec.mode !== 'fill' && sizeOf(shape) > 0) return nothingInside(x)
  return uniform(fillValue ?? defaultFill(x.dtype), { shape, dtype: x.dtype, weakType: x.weakType })
}

/** Slices in canonical order: the axes of the indices, then those of a slice. */
export const gatherSlices = (x: Tensor, indices: Tensor, spec: SliceSpec, fillValue: number | null = null): Tensor =>
  picksFromNothing(x, spec)
    ? slicesOfNothing(x, indices, spec, fillValue)
    : bind1(gatherP, [x, indices], {
        sliceSizes: [...spec.sliceSizes],
        collapsed: [...spec.collapsed].sort((a, b) => a - b),
        startIndexMap: [...spec.startIndexMap],
        mode: spec.mode,
        fillValue,
      })

/** How the axes of operand, indices and result of `gather` belong together, as in XLA. */
export interface GatherDimensionNumbers {
  /** Axes of the result that run over a slice. */
  readonly offsetDims: readonly number[]
  /** Axes of the operand (of slice size 1) that the result leaves out. */
  readonly collapsedSliceDims: readonly number[]
  /** The operand's axis for each component of an index vector. */
  readonly startIndexMap: readonly number[]
  /** Axes of the operand walked together with those of the indices in `startIndicesBatchingDims`. */
  readonly operandBatchingDims?: readonly number[]
  readonly startIndicesBatchingDims?: readonly number[]
}

export interface GatherOptions {
  /** What happens outside the operand; the default fills, as in JAX. */
  readonly mode?: IndexMode
  /** What `fill` fills with: NaN, the smallest int32 or the largest unsigned integer by default. */
  readonly fillValue?: number
}

export const sliceMode = (name: string, mode: IndexMode): SliceSpec['mode'] => {
  if (mode === 'clip' || mode === 'promise_in_bounds') return 'clip'
  if (mode === 'fill' || mode === 'drop') return 'fill'
  throw new ShapeError(`${name}: mode ${show(mode)} is none of 'fill', 'drop', 'clip', 'promise_in_bounds'.`)
}

/** Index vectors that also count along axes which operand and indices share. */
export const withBatchingDims = (
  name: string,
  indices: Tensor,
  inOperand: readonly number[] = [],
  inIndices: readonly number[] = [],
): Tensor => {
  if (inOperand.length !== inIndices.length) {
    throw new ShapeError(
      `${name}: batching axes ${showShape(inOperand)} and ${showShape(inIndices)} have to come in pairs.`,
    )
  }
  if (inOperand.length === 0) return indices
  return concatenate(
    [...inIndices.map((axis) => positionsAlong(indices.sizes, axis)), indices],
    indices.sizes.length - 1,
  )
}

export const asInt32 = (indices: Tensor): Tensor =>
  indices.dtype === 'uint32' || indices.dtype === 'uint8' ? convertElementType(indices, 'int32') : indices

/**
 * Slices of `x` at the index vectors along the last axis of `indices`, in XLA's general form.
 * @throws ShapeError, DTypeError
 * @example
 * const x = np.array([[1, 2], [3, 4], [5, 6]])
 * const rows = np.array([[2], [0]], { dtype: 'int32' })
 * const dimensions = { offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0] }
 * lax.gather(x, rows, dimensions, [1, 2]) // [[5, 6], [1, 2]]
 */
export const gather = operation(
  'gather',
  { at: 4, names: ['mode', 'fillValue'] },
  (
    x: Tensor,
    indices: Tensor,
    dimensions: GatherDimensionNumbers,
    sliceSizes: Shape,
    { mode = 'fill', fillValue }: GatherOptions = {},
  ): Tensor => {
    if (typeof dimensions !== 'object' || dimensions === null)
      throw new ShapeError(`gather: the dimension numbers are ${show(dimensions)}; they have to be an object.`)
    const { operandBatchingDims = [], startIndicesBatchingDims } = dimensions
    const offsetDims = wholeNumbers('gather', 'offsetDims', dimensions.offsetDims)
    const collapsedSliceDims = wholeNumbers('gather', 'collapsedSliceDims', dimensions.collapsedSliceDims)
    const startIndexMap = wholeNumbers('gather', 'startIndexMap', dimensions.startIndexMap)
    wholeNumbers('gather', 'operandBatchingDims', operandBatchingDims)
    checkShape('gather', sliceSizes)
    const result = gatherSlices(
      x,
      withBatchingDims('gather', asInt32(indices), operandBatchingDims, startIndicesBatchingDims),
      {
        sliceSizes,
        collapsed: [...collapsedSliceDims, ...operandBatchingDims],
        startIndexMap: [...operandBatchingDims, ...startIndexMap],
        mode: sliceMode('gather', mode),
      },
      fillValue === undefined || Number.isNaN(fillValue) ? null : fillValue,
    )
    const rank = result.sizes.length
    const batch = indices.sizes.length - 1
    if (
      offsetDims.length !== rank - batch ||
      new Set(offsetDims).size !== offsetDims.length ||
      offsetDims.some((a) => a < 0 || a >= rank)
    ) {
      throw new ShapeError(
        `gather: offsetDims ${showShape(offsetDims)} have to be ${rank - batch} distinct axes of a result of rank ${rank}.`,
      )
    }
    let [nextBatch, nextOffset] = [0, batch]
    return transpose(
      result,
      range(rank).map((a) => (offsetDims.includes(a) ? nextOffset++ : nextBatch++)),
    )
  },
)
