/** Reductions of windows that slide over a tensor, as in pooling. */
import { bytesOf, isFloat, kernelSuffix } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { mapSizes, range, type Shape, sameShape, showShape, sizeOf } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { mul } from './arithmetic.js'
import { broadcastBatch } from './batching.js'
import { concatenate, pad } from './concatenate.js'
import {
  checkExtents,
  checkSteps,
  dilated,
  type PadPair,
  padPairs,
  slidingSize,
  steps,
  transposedPadding,
} from './conv-dimensions.js'
import { windowOffsets } from './conv-integer.js'
import { convertElementType } from './convert.js'
import { cumprod } from './cumulative.js'
import { oneOf } from './parameters.js'
import {
  bind1,
  type Emitter,
  type LinearInput,
  type Operand,
  type Params,
  type Primitive,
  primitive,
  rowsUnless,
} from './primitive.js'
import { reshape } from './shape.js'
import { slice, sliceAxis } from './slice.js'
import { reduceSum } from './sum.js'

/** A window over all axes of a tensor. */
export interface WindowGeometry {
  readonly window: Shape
  readonly strides: Shape
  readonly padding: readonly PadPair[]
  /** 1 + holes between elements of the operand. */
  readonly baseDilation: Shape
  /** 1 + holes between elements of the window. */
  readonly windowDilation: Shape
}

type WindowParams = Params & WindowGeometry

const windowParameters = {
  window: steps,
  strides: steps,
  padding: padPairs,
  baseDilation: steps,
  windowDilation: steps,
} as const

export const windowShape = (shape: Shape, geometry: WindowGeometry): Shape =>
  mapSizes(shape, (n, i) =>
    slidingSize(
      dilated(n, geometry.baseDilation[i] as number),
      dilated(geometry.window[i] as number, geometry.windowDilation[i] as number),
      geometry.strides[i] as number,
      geometry.padding[i] as PadPair,
    ),
  )

const checkWindow = (name: string, x: Abstract, geometry: WindowGeometry): void => {
  const rank = x.shape.length
  checkSteps(name, 'window sizes', geometry.window, rank)
  checkSteps(name, 'strides', geometry.strides, rank)
  checkSteps(name, 'baseDilation', geometry.baseDilation, rank)
  checkSteps(name, 'windowDilation', geometry.windowDilation, rank)
  checkExtents(
    name,
    mapSizes(x.shape, (n, i) => dilated(n, geometry.baseDilation[i] as number)),
    geometry.window.map((n, i) => dilated(n, geometry.windowDilation[i] as number)),
    geometry.padding,
  )
}

const canonical = (geometry: WindowGeometry): WindowGeometry => ({
  window: [...geometry.window],
  strides: [...geometry.strides],
  padding: geometry.padding.map(([low, high]) => [low, high] as const),
  baseDilation: [...geometry.baseDilation],
  windowDilation: [...geometry.windowDilation],
})

/** `true` if nothing slides along the axis. */
const isStill = (geometry: WindowGeometry, i: number): boolean =>
  geometry.window[i] === 1 &&
  geometry.strides[i] === 1 &&
  geometry.baseDilation[i] === 1 &&
  (geometry.padding[i] as PadPair).every((p) => p === 0)

/** Rank and meta table of the kernels; neighbouring axes along which nothing slides become one. */
const windowTable = (emit: Emitter, shape: Shape, geometry: WindowGeometry): readonly [rank: number, meta: number] => {
  const results = windowShape(shape, geometry)
  const columns: number[][] = []
  let joinable = false
  shape.forEach((n, i) => {
    const still = isStill(geometry, i)
    const before = columns[columns.length - 1]
    if (still && joinable && before !== undefined) {
      before[0] = (before[0] as number) * n
      before[1] = before[0]
    } else {
      const [low] = geometry.padding[i] as PadPair
      const steps = [geometry.window[i], geometry.strides[i], low, geometry.baseDilation[i], geometry.windowDilation[i]]
      columns.push([n, results[i] as number, ...(steps as number[])])
    }
    joinable = still
  })
  if (columns.length === 0) columns.push([1, 1, 1, 1, 0, 1, 1])
  return [columns.length, emit.table(range(7).flatMap((row) => columns.map((column) => column[row] as number)))]
}

const elementNanoseconds = 1

/** Emits a window kernel, in parts along the first axis if nothing slides along it. `shape` is that of the keys in a part. */
const emitWindows = (
  emit: Emitter,
  inputs: readonly [Operand, ...Operand[]],
  outputs: readonly Operand[],
  geometry: WindowGeometry,
  call: (part: Emitter, pointers: readonly number[], shape: Shape) => void,
): void => {
  const operands = [...inputs, ...outputs]
  const { shape } = inputs[0]
  if (shape.length === 0 || !isStill(geometry, 0)) {
    call(
      emit,
      operands.map((x) => x.pointer),
      shape,
    )
    return
  }
  const [rows, ...rest] = shape as readonly [number, ...number[]]
  const rowBytes = operands.map((x) => (sizeOf(x.shape) / rows) * bytesOf(x.dtype))
  const work = operands.reduce((sum, x) => sum + sizeOf(x.shape), 0) * elementNanoseconds
  emit.parallel(rows, work, (part, first, count) =>
    call(
      part,
      operands.map((x, i) => x.pointer + first * (rowBytes[i] as number)),
      [count, ...rest],
    ),
  )
}

/** The same geometry with a still axis at `at`. */
const withStillAxis = (geometry: WindowGeometry, at: number): WindowGeometry => {
  const insert = <T>(list: readonly T[], value: T): T[] => [...list.slice(0, at), value, ...list.slice(at)]
  return {
    window: insert(geometry.window, 1),
    strides: insert(geometry.strides, 1),
    padding: insert<PadPair>(geometry.padding, [0, 0]),
    baseDilation: insert(geometry.baseDilation, 1),
    windowDilation: insert(geometry.windowDilation, 1),
  }
}

interface WindowRules {
  readonly name: 'reduceWindowSum' | 'reduceWindowProd' | 'reduceWindowMax' | 'reduceWindowMin'
  /** Kernels for uint32 are those of int32: the bits of sums and products agree. */
  readonly unsigned: boolean
  readonly jvp: (x: Tensor, dx: Tensor, geometry: WindowGeometry) => Tensor
  readonly transpose?: Primitive<WindowParams>['transpose']
}

/** The windows reach over the leading axis, that of the images. */
const movesOverImages = ({ window, strides, padding, baseDilation }: WindowGeometry): boolean =>
  window[0] !== 1 || strides[0] !== 1 || baseDilation[0] !== 1 || padding[0]?.some((p) => p !== 0) === true

type ReduceWindow = (x: Tensor, geometry: WindowGeometry) => Tensor

const define = ({ name, unsigned, jvp, transpose }: WindowRules): ReduceWindow => {
  const definition = primitive<WindowParams>({
    name,
    operands: 1,
    parameters: windowParameters,
    abstract: ([x], params) => {
      const type = x as Abstract
      checkWindow(name, type, params)
      if (!isFloat(type.dtype) && type.dtype !== 'int32' && !(unsigned && type.dtype === 'uint32')) {
        throw new DTypeError(`${name}: takes floats and int32, not ${type.dtype}. Convert with x.astype('int32').`)
      }
      return [{ ...type, shape: windowShape(type.shape, params) }]
    },
    rows: rowsUnless(movesOverImages),
    flops: (_, [y], { window }) => sizeOf((y as Abstract).shape) * sizeOf(window),
    lower: (emit, [x], [y], params) => {
      const [operand, result] = [x as Operand, y as Operand]
      if (sizeOf(result.shape) === 0) return
      const suffix = operand.dtype === 'uint32' ? 'i32' : kernelSuffix(operand.dtype)
      emitWindows(emit, [operand], [result], params, (part, pointers, shape) =>
        part.call(`${name}_${suffix}`, ...pointers, ...windowTable(part, shape, params)),
      )
    },
    jvp: ([x], [dx], params) => [[bound(x as Tensor, params)], [dx ? jvp(x as Tensor, dx, params) : null]],
    ...(transpose === undefined ? {} : { transpose }),
    batch: ([x], [axis], params) => [[bound(x as Tensor, withStillAxis(params, axis as number))], [axis as number]],
  })
  const bound: ReduceWindow = (x, geometry) => bind1(definition, [x], canonical(geometry) as WindowParams)
  return (x, geometry) => {
    if (x.dtype === 'bool' || x.dtype === 'uint8') {
      return convertElementType(bound(convertElementType(x, 'int32'), geometry), x.dtype)
    }
    return x.dtype === 'uint32' && !unsigned
      ? convertElementType(bound(convertElementType(x, 'float64'), geometry), 'uint32')
      : bound(x, geometry)
  }
}

/** Sums of windows; padding counts as 0. @throws ShapeError, DTypeError */
export const reduceWindowSum: ReduceWindow = define({
  name: 'reduceWindowSum',
  unsigned: true,
  jvp: (_, dx, geometry) => reduceWindowSum(dx, geometry),
  transpose: ([ct], [x], geometry) => {
    const { shape } = (x as LinearInput).abstract
    const g = ct as Tensor
    const { window, strides, padding, baseDilation, windowDilation } = geometry
    return [
      reduceWindowSum(g, {
        window,
        strides: baseDilation,
        padding: transposedPadding(shape, window, strides, g.sizes, padding, baseDilation, windowDilation),
        baseDilation: strides,
        windowDilation,
      }),
    ]
  },
})

/** The largest of each window; padding counts as −∞. Its derivative goes to the first largest element. @throws ShapeError, DTypeError */
export const reduceWindowMax: ReduceWindow = define({
  name: 'reduceWindowMax',
  unsigned: false,
  jvp: (x, dx, geometry) => windowGather(x, dx, geometry, 'max'),
})

/** The smallest of each window; padding counts as +∞. Its derivative goes to the first smallest element. @throws ShapeError, DTypeError */
export const reduceWindowMin: ReduceWindow = define({
  name: 'reduceWindowMin',
  unsigned: false,
  jvp: (x, dx, geometry) => windowGather(x, dx, geometry, 'min'),
})

/** The elements of each window along a new last axis, row-major; padding and holes are `filler`. */
export const windowPatches = (x: Tensor, geometry: WindowGeometry, filler: Tensor | number): Tensor => {
  const { window, strides, padding, baseDilation, windowDilation } = geometry
  checkWindow('windowPatches', x, geometry)
  const result = windowShape(x.sizes, geometry)
  const padded = pad(
    x,
    filler,
    padding.map(([low, high], i) => [low, high, (baseDilation[i] as number) - 1] as const),
  )
  const pieces = windowOffsets(window).map((offset) => {
    const start = offset.map((o, i) => Math.min(o * (windowDilation[i] as number), padded.sizes[i] as number))
    const limit = start.map((s, i) => s + dilated(result[i] as number, strides[i] as number))
    return reshape(slice(padded, start, limit, strides), [...result, 1])
  })
  return concatenate(pieces, result.length)
}

/** For each element along the last axis, the product of those before it. */
const productBefore = (x: Tensor, reverse: boolean): Tensor => {
  const axis = x.sizes.length - 1
  const n = x.sizes[axis] as number
  const products = cumprod(x, { axis, reverse })
  const still = range(axis).map(() => [0, 0, 0] as const)
  return reverse
    ? pad(sliceAxis(products, axis, 1, n), 1, [...still, [0, 1, 0]])
    : pad(sliceAxis(products, axis, 0, n - 1), 1, [...still, [1, 0, 0]])
}

/** Products of windows; padding counts as 1. @throws ShapeError, DTypeError */
export const reduceWindowProd: ReduceWindow = define({
  name: 'reduceWindowProd',
  unsigned: true,
  jvp: (x, dx, geometry) => {
    const patches = windowPatches(x, geometry, 1)
    const others = mul(productBefore(patches, false), productBefore(patches, true))
    return reduceSum(mul(windowPatches(dx, geometry, 0), others), [patches.sizes.length - 1])
  },
})

type Extreme = 'max' | 'min'
type SelectParams = WindowParams & { readonly extreme: Extreme }

const selectParameters = { ...windowParameters, extreme: oneOf('max', 'min') } as const

const checkSelect = (name: string, x: Abstract, y: Abstract, expected: Shape): void => {
  if (x.dtype !== y.dtype || !isFloat(x.dtype)) {
    throw new DTypeError(`${name}: takes two tensors of one float dtype, not ${showType(x)} and ${showType(y)}.`)
  }
  if (!sameShape(y.shape, expected)) {
    throw new ShapeError(
      `${name}: ${showType(y)} does not fit ${showType(x)}, which needs ${showShape(expected)} here.`,
    )
  }
}

const windowGatherP = primitive<SelectParams>({
  name: 'windowGather',
  operands: 2,
  parameters: selectParameters,
  rows: rowsUnless(movesOverImages),
  abstract: ([x, t], params) => {
    const [keys, values] = [x as Abstract, t as Abstract]
    checkWindow('windowGather', keys, params)
    checkSelect('windowGather', keys, values, keys.shape)
    return [{ ...values, shape: windowShape(keys.shape, params) }]
  },
  lower: (emit, [x, t], [y], params) => {
    const [keys, values, result] = [x as Operand, t as Operand, y as Operand]
    if (sizeOf(result.shape) === 0) return
    emitWindows(emit, [keys, values], [result], params, (part, pointers, shape) =>
      part.call(
        `windowGather_${kernelSuffix(keys.dtype)}`,
        ...[...pointers, ...windowTable(part, shape, params), Number(params.extreme === 'min')],
      ),
    )
  },
  jvp: ([x, t], [, dt], params) => [
    [windowGather(x as Tensor, t as Tensor, params, params.extreme)],
    [dt ? windowGather(x as Tensor, dt, params, params.extreme) : null],
  ],
  transpose: ([ct], [x], params) => [null, windowScatter(x as Tensor, ct as Tensor, params, params.extreme)],
  batch: (inputs, axes, params, { size }) => {
    const [[x, t], at] = broadcastBatch(inputs, axes, size)
    return [[windowGather(x as Tensor, t as Tensor, withStillAxis(params, at), params.extreme)], [at]]
  },
})

/** The elements of `t` where each window of `x` has its first extreme: how a maximum's tangent follows from its operand's. */
export const windowGather = (x: Tensor, t: Tensor, geometry: WindowGeometry, extreme: Extreme): Tensor =>
  bind1(windowGatherP, [x, t], { ...canonical(geometry), extreme })

const windowScatterP = primitive<SelectParams>({
  name: 'windowScatter',
  operands: 2,
  parameters: selectParameters,
  rows: rowsUnless(movesOverImages),
  abstract: ([x, ct], params) => {
    const [keys, values] = [x as Abstract, ct as Abstract]
    checkWindow('windowScatter', keys, params)
    checkSelect('windowScatter', keys, values, windowShape(keys.shape, params))
    return [{ ...values, shape: keys.shape }]
  },
  lower: (emit, [x, ct], [y], params) => {
    const [keys, values, result] = [x as Operand, ct as Operand, y as Operand]
    if (sizeOf(result.shape) === 0) return
    emitWindows(emit, [keys, values], [result], params, (part, pointers, shape) =>
      part.call(
        `windowScatter_${kernelSuffix(keys.dtype)}`,
        ...[...pointers, ...windowTable(part, shape, params), Number(params.extreme === 'min')],
      ),
    )
  },
  jvp: ([x, ct], [, dct], params) => [
    [windowScatter(x as Tensor, ct as Tensor, params, params.extreme)],
    [dct ? windowScatter(x as Tensor, dct, params, params.extreme) : null],
  ],
  transpose: ([ct], [x], params) => [null, windowGather(x as Tensor, ct as Tensor, params, params.extreme)],
  batch: (inputs, axes, params, { size }) => {
    const [[x, ct], at] = broadcastBatch(inputs, axes, size)
    return [[windowScatter(x as Tensor, ct as Tensor, withStillAxis(params, at), params.extreme)], [at]]
  },
})

/** Zeros of `x`'s shape with each element of `ct` added where its window of `x` has its first extreme; transposes `windowGather`. */
export const windowScatter = (x: Tensor, ct: Tensor, geometry: WindowGeometry, extreme: Extreme): Tensor =>
  bind1(windowScatterP, [x, ct], { ...canonical(geometry), extreme })
