/** Parts of a tensor: static and dynamic slices, dynamic updates, reversal. */
import { wholeNumbers } from '../checks.js'

import { bytesOf, widthOf } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { emitCopy } from '../runtime/layout.js'
import {
  canonicalAxes,
  mapSizes,
  range,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  sizesOf,
  stridesOf,
} from '../shape.js'
import { type Abstract, type ConcreteTensor, scalar, Tensor, uniform } from '../tensor.js'
import { moveBatchAxis } from './batching.js'
import { concatenate, pad } from './concatenate.js'
import { gatherSlices, withBatchIndex } from './gather.js'
import { atLeast, axes, count, integer, listOf, shape as shapeType } from './parameters.js'
import {
  bind1,
  type Emitter,
  firstElements,
  LinearInput,
  type Operand,
  type Params,
  type Primitive,
  primitive,
  type Region,
} from './primitive.js'
import { scatterSlices } from './scatter.js'
import { reshape } from './shape.js'
import { copiesCheaply, copyStrided } from './strided-copy.js'

interface SliceParams extends Params {
  readonly start: readonly number[]
  readonly limit: readonly number[]
  readonly strides: readonly number[]
}

const sliceSize = (start: number, limit: number, stride: number): number =>
  Math.max(0, Math.ceil((limit - start) / stride))

const regionOf = (
  from: readonly number[] | null,
  shape: Shape,
  { start, strides }: Pick<SliceParams, 'start' | 'strides'>,
): Region => {
  const steps = from ?? stridesOf(shape)
  const reached: number[] = []
  let offset = 0
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as number
    offset += (start[i] as number) * step
    reached.push(step * (strides[i] as number))
  }
  return { offset, strides: reached }
}

const sliceP: Primitive<SliceParams> = primitive<SliceParams>({
  name: 'slice',
  operands: 1,
  parameters: { start: listOf(count), limit: listOf(count), strides: listOf(integer(1)) },
  abstract: ([x], { start, limit, strides }) => {
    const type = x as Abstract
    const rank = type.shape.length
    if (start.length !== rank || limit.length !== rank || strides.length !== rank) {
      throw new ShapeError(
        `slice: ${showType(type)} has ${rank} axes, but start ${showShape(start)}, limit ${showShape(limit)} and strides ${showShape(strides)} ` +
          'differ from that. Give one entry per axis.',
      )
    }
    const shape: number[] = []
    for (let i = 0; i < rank; i++) {
      const n = type.shape[i] as number
      const from = start[i] as number
      const to = limit[i] as number
      const step = strides[i] as number
      if (from < 0 || to < from || to > n || step < 1) {
        throw new ShapeError(
          `slice: ${from}:${to}:${step} is no range of axis ${i} of ${showType(type)}. It needs 0 ≤ start ≤ limit ≤ ${n} and a stride ≥ 1; ` +
            'x.slice(…) takes negative positions, rev(…) reverses.',
        )
      }
      shape.push(sliceSize(from, to, step))
    }
    return [{ ...type, shape }]
  },
  accepts: 'any',
  regions: (from, shape, params) => [regionOf(from, shape, params)],
  rows: ([x], _, params) => {
    const { start, limit, strides } = params
    const whole = start[0] === 0 && limit[0] === x?.shape[0] && strides[0] === 1
    return whole ? { uses: ['own'], resized: (rows) => ({ ...params, limit: [rows, ...limit.slice(1)] }) } : null
  },
  lower: (emit, [x], [y], params) => {
    const { pointer, shape, dtype, strides: from } = x as Operand
    const { offset, strides } = regionOf(from, shape, params)
    const part = { pointer: pointer + offset * bytesOf(dtype), shape: (y as Operand).shape, dtype, strides }
    emitCopy(emit, part, (y as Operand).pointer)
  },
  evaluate: ([x], params) => {
    const concrete = x as ConcreteTensor
    if (!concrete.hasArray()) return null
    const [type] = sliceP.abstract([concrete.type], params)
    const { array, strides: from } = concrete.view()
    const { offset, strides } = regionOf(from, concrete.sizes, params)
    return copiesCheaply(array.length, (type as Abstract).shape, strides)
      ? [copyStrided(array, offset, strides, type as Abstract)]
      : null
  },
  jvp: ([x], [dx], { start, limit, strides }) => [
    [slice(x as Tensor, start, limit, strides)],
    [dx ? slice(dx, start, limit, strides) : null],
  ],
  transpose: ([ct], [x], { start, strides }) => {
    const { shape } = (x as LinearInput).abstract
    const g = ct as Tensor
    const config = mapSizes(shape, (n, i) => {
      const [low, step, kept] = [start[i] as number, strides[i] as number, g.sizes[i] as number]
      const covered = kept === 0 ? 0 : (kept - 1) * step + 1
      return [low, n - low - covered, step - 1] as const
    })
    return [pad(g, scalar(0, g.dtype), config)]
  },
  batch: ([x], [axis], { start, limit, strides }, { size }) => {
    const at = axis as number
    const insert = (list: readonly number[], value: number): number[] => [
      ...list.slice(0, at),
      value,
      ...list.slice(at),
    ]
    return [[slice(x as Tensor, insert(start, 0), insert(limit, size), insert(strides, 1))], [at]]
  },
})

/**
 * The elements from `start` up to `limit`, every `strides`-th of each axis.
 * @throws ShapeError unless 0 ≤ start ≤ limit ≤ size and strides ≥ 1
 * @example lax.slice(np.arange(10), [2], [8], [3]).toArray() // [2, 5]
 */
export const slice = (x: Tensor, start: Shape, limit: Shape, strides: Shape = ones(x.sizes.length)): Tensor => {
  wholeNumbers('slice', 'start', start)
  wholeNumbers('slice', 'limit', limit)
  wholeNumbers('slice', 'strides', strides)
  return sliceOwn(x, [...start], [...limit], [...strides])
}

const ones = (rank: number): readonly number[] => new Array<number>(rank).fill(1)

const areAll = (list: readonly number[], value: number): boolean => {
  for (let i = 0; i < list.length; i++) if (list[i] !== value) return false
  return true
}

/** `slice` by lists of whole numbers that nobody else has. */
export const sliceOwn = (
  x: Tensor,
  start: readonly number[],
  limit: readonly number[],
  strides: readonly number[],
): Tensor =>
  sameShape(limit, x.sizes) && areAll(start, 0) && areAll(strides, 1)
    ? x
    : bind1(sliceP, [x], { start, limit, strides })

/** A slice of one axis, the others whole. */
export const sliceAxis = (x: Tensor, axis: number, start: number, limit: number, stride = 1): Tensor => {
  const from = mapSizes(x.sizes, () => 0)
  const to = sizesOf(x.sizes)
  const steps = mapSizes(x.sizes, () => 1)
  from[axis] = start
  to[axis] = limit
  steps[axis] = stride
  return sliceOwn(x, from, to, steps)
}

interface RevParams extends Params {
  readonly dimensions: readonly number[]
}

const revP = primitive<RevParams>({
  name: 'rev',
  operands: 1,
  parameters: { dimensions: axes },
  abstract: ([x]) => [x as Abstract],
  accepts: 'any',
  lower: (emit, [x], [y], { dimensions }) => {
    const operand = x as Operand
    const steps = operand.strides ?? stridesOf(operand.shape)
    const last = dimensions.reduce((sum, d) => sum + ((operand.shape[d] as number) - 1) * (steps[d] as number), 0)
    if (sizeOf(operand.shape) === 0) return
    emitCopy(
      emit,
      {
        ...operand,
        pointer: operand.pointer + last * bytesOf(operand.dtype),
        strides: steps.map((s, i) => (dimensions.includes(i) ? -s : s)),
      },
      (y as Operand).pointer,
    )
  },
  jvp: ([x], [dx], { dimensions }) => [[rev(x as Tensor, dimensions)], [dx ? rev(dx, dimensions) : null]],
  transpose: ([ct], _, { dimensions }) => [rev(ct as Tensor, dimensions)],
  batch: ([x], [axis], { dimensions }) => {
    const at = axis as number
    return [
      [
        rev(
          x as Tensor,
          dimensions.map((d) => (d >= at ? d + 1 : d)),
        ),
      ],
      [at],
    ]
  },
})

/**
 * `x` with the order of elements along `dimensions` reversed.
 * @throws RangeError for axes outside x
 * @example lax.rev(np.array([[1, 2], [3, 4]]), [0]) // [[3, 4], [1, 2]]
 */
export const rev = (x: Tensor, dimensions: readonly number[]): Tensor => {
  const axes = canonicalAxes('rev', dimensions, x.sizes.length)
  return axes.length === 0 ? x : bind1(revP, [x], { dimensions: axes })
}

const checkStarts = (name: string, x: Abstract, starts: readonly Abstract[], sizes: Shape): void => {
  if (starts.length !== x.shape.length || sizes.length !== x.shape.length) {
    throw new ShapeError(
      `${name}: ${showType(x)} needs ${x.shape.length} start indices and sizes, one per axis, not ${starts.length} and ${showShape(sizes)}.`,
    )
  }
  for (const start of starts) {
    if (start.shape.length !== 0) throw new ShapeError(`${name}: start indices are scalars, not ${showType(start)}.`)
    if (start.dtype !== 'int32') {
      throw new DTypeError(`${name}: start indices are int32, not ${start.dtype}. Convert with i.astype('int32').`)
    }
  }
  sizes.forEach((size, i) => {
    const n = x.shape[i] as number
    if (!Number.isInteger(size) || size < 0 || size > n) {
      throw new ShapeError(`${name}: size ${size} does not fit axis ${i} of ${showType(x)}. Sizes go from 0 to ${n}.`)
    }
  })
}

/** The meta table that gather and scatter kernels share for one index per axis. */
const slicesMeta = (shape: Shape, strides: readonly number[], sizes: Shape): readonly number[] => [
  ...strides,
  ...shape.map((n, i) => n - (sizes[i] as number)),
  ...sizes,
  ...strides,
]

/** Scalar indices side by side in memory. */
const emitIndexVector = (emit: Emitter, starts: readonly Operand[]): number => {
  const pointer = emit.scratch(starts.length * 4)
  starts.forEach((start, i) => {
    emit.call('copy', start.pointer, pointer + 4 * i, 4)
  })
  return pointer
}

const clamped = (start: Tensor, limit: number): number =>
  Math.min(Math.max((start as ConcreteTensor).view().array[0] as number, 0), limit)

interface DynamicSliceParams extends Params {
  readonly sizes: Shape
}

const dynamicSliceP: Primitive<DynamicSliceParams> = primitive<DynamicSliceParams>({
  name: 'dynamicSlice',
  operands: atLeast(1),
  parameters: { sizes: shapeType },
  abstract: ([x, ...starts], { sizes }) => {
    const type = x as Abstract
    checkStarts('dynamicSlice', type, starts, sizes)
    return [{ ...type, shape: sizes }]
  },
  accepts: 'any',
  lower: (emit, [x, ...starts], [y], { sizes }) => {
    const { pointer, shape, dtype, strides } = x as Operand
    const rank = shape.length
    const steps = strides ?? stridesOf(shape)
    if (rank === 0) return emit.call('copy', pointer, (y as Operand).pointer, bytesOf(dtype))
    const meta = emit.table(slicesMeta(shape, steps, sizes))
    const index = emitIndexVector(emit, starts)
    emit.call(`gather_${widthOf(dtype)}`, pointer, index, (y as Operand).pointer, 1, rank, rank, meta, 0, 0)
  },
  evaluate: ([x, ...starts], params) => {
    const concrete = x as ConcreteTensor
    if (!concrete.hasArray()) return null
    const [type] = dynamicSliceP.abstract(
      [concrete, ...starts].map((t) => t.type),
      params,
    )
    const { array, strides } = concrete.view()
    const steps = strides ?? stridesOf(concrete.sizes)
    if (!copiesCheaply(array.length, params.sizes, steps)) return null
    const offset = starts.reduce(
      (sum, s, i) =>
        sum + clamped(s, (concrete.sizes[i] as number) - (params.sizes[i] as number)) * (steps[i] as number),
      0,
    )
    return [copyStrided(array, offset, steps, type as Abstract)]
  },
  jvp: ([x, ...starts], [dx], { sizes }) => [
    [dynamicSlice(x as Tensor, starts, sizes)],
    [dx ? dynamicSlice(dx, starts, sizes) : null],
  ],
  transpose: ([ct], [x, ...starts]) => [
    dynamicUpdateSlice(uniform(0, (x as LinearInput).abstract), ct as Tensor, starts as Tensor[]),
    ...starts.map(() => null),
  ],
  batch: ([x, ...starts], [axis, ...startAxes], { sizes }, { size }) => {
    const operand = x as Tensor
    if (startAxes.every((a) => a === null)) {
      const at = axis as number
      const allStarts = [...starts.slice(0, at), scalar(0, 'int32'), ...starts.slice(at)]
      return [[dynamicSlice(operand, allStarts, [...sizes.slice(0, at), size, ...sizes.slice(at)])], [at]]
    }
    const indices = batchedIndices(starts, startAxes, size)
    const whole = { sliceSizes: sizes, collapsed: [], startIndexMap: range(sizes.length), mode: 'clip' } as const
    if (axis === null || axis === undefined) return [[gatherSlices(operand, indices, whole)], [0]]
    const batched = {
      ...whole,
      sliceSizes: [1, ...sizes],
      collapsed: [0],
      startIndexMap: range(sizes.length + 1),
    }
    return [[gatherSlices(moveBatchAxis(operand, axis, 0, size), withBatchIndex(indices, size), batched)], [0]]
  },
})

/** Batched scalar indices as one [batch, count] tensor. */
const batchedIndices = (starts: readonly Tensor[], axes: readonly (number | null)[], size: number): Tensor =>
  concatenate(
    starts.map((s, i) => reshape(moveBatchAxis(s, axes[i] ?? null, 0, size), [size, 1])),
    1,
  )

/**
 * A block of `sizes` from a position known at run time; positions are clamped so that the block lies inside.
 * @param starts one int32 scalar per axis
 * @throws ShapeError, DTypeError
 */
export const dynamicSlice = (x: Tensor, starts: readonly (Tensor | number)[], sizes: Shape): Tensor =>
  bind1(dynamicSliceP, [x, ...starts.map(toIndex)], {
    sizes: [...wholeNumbers('dynamicSlice', 'the list of sizes', sizes)],
  })

const toIndex = (start: Tensor | number): Tensor => (start instanceof Tensor ? start : scalar(start, 'int32'))

const dynamicUpdateSliceP = primitive<Params>({
  name: 'dynamicUpdateSlice',
  operands: atLeast(2),
  parameters: {},
  abstract: ([x, update, ...starts]) => {
    const [type, part] = [x as Abstract, update as Abstract]
    if (part.dtype !== type.dtype) {
      throw new DTypeError(
        `dynamicUpdateSlice: the update is ${showType(part)} and the operand ${showType(type)}. Convert it with update.astype('${type.dtype}').`,
      )
    }
    checkStarts('dynamicUpdateSlice', type, starts, part.shape)
    return [type]
  },
  // A whole update is copied element by element.
  elements: (inputs) => {
    const [x, update] = inputs as readonly [Abstract, Abstract]
    const uses = firstElements(inputs)
    return sameShape(x.shape, update.shape) ? ['own', 'own', ...uses.slice(2)] : uses
  },
  lower: (emit, [x, update, ...starts], [y]) => {
    const [operand, part, result] = [x as Operand, update as Operand, y as Operand]
    const bytes = sizeOf(result.shape) * bytesOf(result.dtype)
    if (sizeOf(part.shape) === sizeOf(result.shape)) {
      if (part.pointer !== result.pointer) emit.call('copy', part.pointer, result.pointer, bytes)
      return
    }
    const rank = result.shape.length
    const index = emitIndexVector(emit, starts)
    if (operand.pointer !== result.pointer) emit.call('copy', operand.pointer, result.pointer, bytes)
    const meta = emit.table(slicesMeta(result.shape, stridesOf(result.shape), part.shape))
    emit.call(`scatterSet_${widthOf(result.dtype)}`, result.pointer, index, part.pointer, 1, rank, rank, meta, 0)
  },
  jvp: ([x, update, ...starts], [dx, du]) => {
    const [operand, part] = [x as Tensor, update as Tensor]
    const tangent = dynamicUpdateSlice(dx ?? uniform(0, operand), du ?? uniform(0, part), starts)
    return [[dynamicUpdateSlice(operand, part, starts)], [tangent]]
  },
  transpose: ([ct], [x, update, ...starts]) => {
    const g = ct as Tensor
    const indices = starts as Tensor[]
    const part = update instanceof LinearInput ? update.abstract : (update as Tensor)
    return [
      x instanceof LinearInput ? dynamicUpdateSlice(g, uniform(0, part), indices) : null,
      update instanceof LinearInput ? dynamicSlice(g, indices, part.shape) : null,
      ...starts.map(() => null),
    ]
  },
  batch: ([x, update, ...starts], [axis, updateAxis, ...startAxes], _, { size }) => {
    const operand = moveBatchAxis(x as Tensor, axis ?? null, 0, size)
    const part = moveBatchAxis(update as Tensor, updateAxis ?? null, 0, size)
    if (startAxes.every((a) => a === null)) {
      return [[dynamicUpdateSlice(operand, part, [scalar(0, 'int32'), ...starts])], [0]]
    }
    const rank = starts.length
    const indices = withBatchIndex(batchedIndices(starts, startAxes, size), size)
    const window = {
      sliceSizes: [1, ...part.sizes.slice(1)],
      collapsed: [0],
      startIndexMap: range(rank + 1),
      mode: 'clip',
      uniqueIndices: true,
    } as const
    return [[scatterSlices('scatter', operand, indices, part, window)], [0]]
  },
})

/** `x` with the block at `starts` (clamped so that it lies inside) replaced by `update`. @throws ShapeError, DTypeError */
export const dynamicUpdateSlice = (x: Tensor, update: Tensor, starts: readonly (Tensor | number)[]): Tensor =>
  bind1(dynamicUpdateSliceP, [x, update, ...starts.map(toIndex)], {})
