/** Tensors side by side and apart: concatenate, split, pad. */

import { checkNumber, listOf as listIn, tensorsIn, wholeNumbers } from '../checks.js'
import { bytesOf, widthOf } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { canonicalAxis, mapSizes, range, type Shape, showShape, sizeOf, sizesOf, stridesOf } from '../shape.js'
import { show } from '../show.js'
import { type Abstract, scalar, Tensor, uniform } from '../tensor.js'
import { sub } from './arithmetic.js'
import { broadcastBatch, moveBatchAxis } from './batching.js'
import { atLeast, axis, integer, listOf, shape as shapeType, tupleOf } from './parameters.js'
import {
  bind,
  bind1,
  type Emitter,
  LinearInput,
  type Operand,
  type Params,
  primitive,
  rowsUnless,
} from './primitive.js'
import { select } from './select.js'
import { broadcastInDim } from './shape.js'
import { slice, sliceAxis } from './slice.js'
import { reduceSum } from './sum.js'

/** Emits a copy between any two strided regions of one shape. */
const emitRegion = (
  emit: Emitter,
  dtype: Operand['dtype'],
  shape: Shape,
  from: { readonly pointer: number; readonly strides: readonly number[] },
  to: { readonly pointer: number; readonly strides: readonly number[] },
): void => {
  if (sizeOf(shape) === 0) return
  const meta = emit.table([...sizesOf(shape), ...from.strides, ...to.strides])
  emit.call(`copyNd_${widthOf(dtype)}`, from.pointer, to.pointer, shape.length, meta)
}

interface AxisParams extends Params {
  readonly axis: number
}

const concatenateP = primitive<AxisParams>({
  name: 'concatenate',
  operands: atLeast(1),
  parameters: { axis },
  rows: rowsUnless(({ axis }) => axis === 0),
  abstract: (inputs, { axis }) => {
    const first = inputs[0] as Abstract
    let total = 0
    let weakType = true
    for (let k = 0; k < inputs.length; k++) {
      const other = inputs[k] as Abstract
      if (other.dtype !== first.dtype) {
        throw new DTypeError(
          `concatenate: ${inputs.map(showType).join(', ')} differ in dtype. np.concatenate promotes; or convert with x.astype(…).`,
        )
      }
      let fits = other.shape.length === first.shape.length
      for (let i = 0; i < first.shape.length; i++) if (i !== axis && other.shape[i] !== first.shape[i]) fits = false
      if (!fits) {
        throw new ShapeError(
          `concatenate: ${inputs.map(showType).join(', ')} along axis ${axis} differ in another axis. All sizes but that one have to agree.`,
        )
      }
      total += other.shape[axis] as number
      if (!other.weakType) weakType = false
    }
    const shape = sizesOf(first.shape)
    shape[axis] = total
    return [{ shape, dtype: first.dtype, weakType }]
  },
  accepts: 'any',
  lower: (emit, inputs, [y], { axis }) => {
    const { pointer, shape, dtype } = y as Operand
    const strides = stridesOf(shape)
    let position = 0
    for (const x of inputs) {
      const target = pointer + position * (strides[axis] as number) * bytesOf(dtype)
      emitRegion(
        emit,
        dtype,
        x.shape,
        { pointer: x.pointer, strides: x.strides ?? stridesOf(x.shape) },
        { pointer: target, strides },
      )
      position += x.shape[axis] as number
    }
  },
  jvp: (inputs, tangents, { axis }) => [
    [concatenate(inputs, axis)],
    [
      concatenate(
        tangents.map((t, i) => t ?? uniform(0, inputs[i] as Tensor)),
        axis,
      ),
    ],
  ],
  transpose: ([ct], inputs, { axis }) => {
    let position = 0
    return inputs.map((x) => {
      const { shape } = x instanceof LinearInput ? x.abstract : x
      const start = position
      position += shape[axis] as number
      return x instanceof LinearInput ? sliceAxis(ct as Tensor, axis, start, position) : null
    })
  },
  batch: (inputs, axes, { axis }, { size }) => {
    const [operands, at] = broadcastBatch(inputs, axes, size)
    return [[concatenate(operands, axis < at ? axis : axis + 1)], [at]]
  },
})

/**
 * Tensors joined along an existing axis.
 * @throws ShapeError, DTypeError, RangeError
 * @example lax.concatenate([np.array([1, 2]), np.array([3])], 0).toArray() // [1, 2, 3]
 */
export const concatenate = (tensors: readonly Tensor[], axis: number): Tensor => {
  const [first] = tensorsIn('concatenate', 'the list of tensors', tensors)
  if (first === undefined) throw new ShapeError('concatenate: needs at least one tensor, and the list is empty.')
  const at = canonicalAxis('concatenate', axis, first.sizes.length)
  return tensors.length === 1 ? first : bind1(concatenateP, tensors, { axis: at })
}

interface SplitParams extends Params {
  readonly sizes: readonly number[]
  readonly axis: number
}

const splitP = primitive<SplitParams>({
  name: 'split',
  operands: 1,
  parameters: { sizes: shapeType, axis },
  abstract: ([x], { sizes, axis }) => {
    const type = x as Abstract
    if (sizes.reduce((a, b) => a + b, 0) !== type.shape[axis] || sizes.some((n) => !Number.isInteger(n) || n < 0)) {
      throw new ShapeError(
        `split: sizes ${showShape(sizes)} have to be ≥ 0 and sum to ${type.shape[axis]}, the size of axis ${axis} of ${showType(type)}.`,
      )
    }
    return sizes.map((n) => ({ ...type, shape: mapSizes(type.shape, (m, i) => (i === axis ? n : m)) }))
  },
  accepts: 'any',
  regions: (from, shape, { sizes, axis }) => {
    const strides = from ?? stridesOf(shape)
    const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 0))
    return starts.map((start) => ({ offset: start * (strides[axis] as number), strides }))
  },
  rows: rowsUnless(({ axis }) => axis === 0),
  lower: (emit, [x], outputs, { axis }) => {
    const { pointer, shape, dtype, strides } = x as Operand
    const steps = strides ?? stridesOf(shape)
    let position = 0
    for (const y of outputs) {
      const source = pointer + position * (steps[axis] as number) * bytesOf(dtype)
      emitRegion(
        emit,
        dtype,
        y.shape,
        { pointer: source, strides: steps },
        { pointer: y.pointer, strides: stridesOf(y.shape) },
      )
      position += y.shape[axis] as number
    }
  },
  jvp: ([x], [dx], { sizes, axis }) => {
    const parts = split(x as Tensor, sizes, axis)
    return [parts, dx ? split(dx, sizes, axis) : parts.map(() => null)]
  },
  transpose: (cotangents, [x], { sizes, axis }) => {
    const { abstract } = x as LinearInput
    const parts = cotangents.map(
      (ct, k) =>
        ct ??
        uniform(0, { ...abstract, shape: mapSizes(abstract.shape, (n, i) => (i === axis ? (sizes[k] as number) : n)) }),
    )
    return [concatenate(parts, axis)]
  },
  batch: ([x], [batchAxis], { sizes, axis }) => {
    const at = batchAxis as number
    const parts = split(x as Tensor, sizes, axis < at ? axis : axis + 1)
    return [parts, parts.map(() => at)]
  },
})

/** `x` cut along an axis into parts of these sizes. @throws ShapeError unless they sum to the axis, RangeError */
export const split = (x: Tensor, sizes: readonly number[], axis: number): readonly Tensor[] =>
  bind(splitP, [x], {
    sizes: [...wholeNumbers('split', 'the list of sizes', sizes)],
    axis: canonicalAxis('split', axis, x.sizes.length),
  })

/** Per axis: elements added before, after, and between neighbours. The first two may be negative, which removes elements. */
export type PadConfig = readonly (readonly [low: number, high: number, interior: number])[]

interface PadParams extends Params {
  readonly config: PadConfig
}

const paddedSize = (n: number, [low, high, interior]: PadConfig[number]): number =>
  low + high + n + Math.max(0, n - 1) * interior

const padP = primitive<PadParams>({
  name: 'pad',
  operands: 2,
  parameters: { config: listOf(tupleOf<PadConfig[number]>(integer(), integer(), integer())) },
  abstract: ([x, value], { config }) => {
    const [type, filler] = [x as Abstract, value as Abstract]
    if (config.length !== type.shape.length) {
      throw new ShapeError(
        `pad: ${showType(type)} needs one [low, high, interior] per axis, ${type.shape.length} in all, not ${config.length}.`,
      )
    }
    if (filler.shape.length !== 0) throw new ShapeError(`pad: the padding value is a scalar, not ${showType(filler)}.`)
    if (filler.dtype !== type.dtype) {
      throw new DTypeError(
        `pad: the padding value is ${filler.dtype} and the operand ${showType(type)}. Convert it with value.astype('${type.dtype}').`,
      )
    }
    const shape = mapSizes(type.shape, (n, i) => {
      const widths = config[i] as PadConfig[number]
      const size = paddedSize(n, widths)
      if (widths[2] < 0)
        throw new ShapeError(`pad: interior padding ${widths[2]} at axis ${i} of ${showType(type)} is negative.`)
      if (size < 0) {
        throw new ShapeError(
          `pad: ${showShape(widths)} at axis ${i} of ${showType(type)} would leave ${size} elements. Remove at most ${n + Math.max(0, n - 1) * widths[2]}.`,
        )
      }
      return size
    })
    return [{ ...type, shape }]
  },
  accepts: 'any',
  lower: (emit, [x, value], [y], { config }) => {
    const [source, target] = [x as Operand, y as Operand]
    const bytes = bytesOf(target.dtype)
    const steps = source.strides ?? stridesOf(source.shape)
    const outSteps = stridesOf(target.shape)
    let [from, to] = [source.pointer, target.pointer]
    // Elements whose places lie inside the result, axis by axis.
    const kept = mapSizes(source.shape, (n, i) => {
      const [low, , interior] = config[i] as PadConfig[number]
      const step = interior + 1
      const first = low < 0 ? Math.ceil(-low / step) : 0
      const last = Math.min(n - 1, Math.floor(((target.shape[i] as number) - 1 - low) / step))
      from += first * (steps[i] as number) * bytes
      to += (low + first * step) * (outSteps[i] as number) * bytes
      return Math.max(0, last - first + 1)
    })
    if (sizeOf(kept) < sizeOf(target.shape)) {
      emit.call(`fill_${widthOf(target.dtype)}`, (value as Operand).pointer, target.pointer, sizeOf(target.shape))
    }
    emitRegion(
      emit,
      target.dtype,
      kept,
      { pointer: from, strides: steps },
      { pointer: to, strides: outSteps.map((s, i) => s * ((config[i] as PadConfig[number])[2] + 1)) },
    )
  },
  jvp: ([x, value], [dx, dv], { config }) => {
    const [operand, filler] = [x as Tensor, value as Tensor]
    return [[pad(operand, filler, config)], [pad(dx ?? uniform(0, operand), dv ?? uniform(0, filler), config)]]
  },
  transpose: ([ct], [x, value], { config }) => {
    const g = ct as Tensor
    const back = takeOut(g, config, x instanceof LinearInput ? x.abstract.shape : (x as Tensor).sizes)
    return [x instanceof LinearInput ? back : null, value instanceof LinearInput ? sub(sumAll(g), sumAll(back)) : null]
  },
  batch: ([x, value], [axis, valueAxis], { config }, { size }) => {
    const [operand, filler] = [x as Tensor, value as Tensor]
    if (valueAxis === null || valueAxis === undefined) {
      const at = axis as number
      return [[pad(operand, filler, [...config.slice(0, at), [0, 0, 0], ...config.slice(at)])], [at]]
    }
    const batched = moveBatchAxis(operand, axis ?? null, 0, size)
    const type = { shape: operand.sizes.filter((_, i) => i !== axis), dtype: 'bool', weakType: false } as const
    const outside = pad(uniform(0, type), scalar(1, 'bool'), config)
    const padded = pad(batched, scalar(0, filler.dtype), [[0, 0, 0], ...config])
    const spread = (t: Tensor, axes: readonly number[]): Tensor => broadcastInDim(t, padded.sizes, axes)
    return [[select(spread(outside, range(outside.sizes.length, 1)), spread(filler, [0]), padded)], [0]]
  },
})

const sumAll = (x: Tensor): Tensor => reduceSum(x, range(x.sizes.length))

/** The places where `pad` put the elements of a tensor of this shape. */
const takeOut = (g: Tensor, config: PadConfig, shape: Shape): Tensor => {
  const cropped = pad(
    g,
    scalar(0, g.dtype),
    config.map(([low, high]) => [-low, -high, 0]),
  )
  return slice(
    cropped,
    mapSizes(shape, () => 0),
    cropped.sizes,
    config.map(([, , interior]) => interior + 1),
  )
}

/**
 * `x` with a value around and between its elements; negative widths crop.
 * @param value a scalar of x's dtype, or a number
 * @throws ShapeError, DTypeError
 * @example lax.pad(np.array([1, 2]), 0, [[1, 0, 1]]).toArray() // [0, 1, 0, 2]
 */
export const pad = (x: Tensor, value: Tensor | number, config: PadConfig): Tensor => {
  for (const widths of listIn('pad', 'the list of [low, high, interior]', config)) {
    if (wholeNumbers('pad', 'the [low, high, interior] of an axis', widths).length === 3) continue
    throw new ShapeError(
      `pad: ${show(widths)} is no [low, high, interior]: elements before, after and between neighbours.`,
    )
  }
  const filler = value instanceof Tensor ? value : fillerOf(value, x)
  const changes = config.some(([low, high, interior]) => low !== 0 || high !== 0 || interior !== 0)
  if (!changes && config.length === x.sizes.length) return x
  return bind1(padP, [x, filler], { config: config.map((c) => [...c] as const) })
}

const fillerOf = (value: number, x: Tensor): Tensor => {
  checkNumber('pad', 'the value', value)
  return scalar(value, x.dtype)
}
