/** Strided copies in plain JavaScript, for small parts of operands that are too large to copy into kernel memory. */
import { allocate, type TypedArray } from '../dtype.js'
import { type Shape, sizeOf } from '../shape.js'
import { type Abstract, ConcreteTensor } from '../tensor.js'

/** The kernels copy an element in and out for about a tenth of what a JavaScript loop takes to visit it. */
const kernelAdvantage = 8
/** Runs of this many elements are copied at memory speed by `set` as well. */
const longRun = 32

/** Elements at the end of `shape` that lie side by side. */
const runLength = (shape: Shape, strides: readonly number[]): number => {
  let run = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== run) break
    run *= shape[i] as number
  }
  return run
}

/** `true` if a part of `shape` is read faster here than by copying the whole operand to the kernels. */
export const copiesCheaply = (operandSize: number, shape: Shape, strides: readonly number[]): boolean =>
  sizeOf(shape) * kernelAdvantage <= operandSize || runLength(shape, strides) >= longRun || sizeOf(shape) <= longRun

/** Writes the elements that `strides` reach from `offset` row-major into `target`. */
export const copyInto = (
  target: TypedArray,
  at: number,
  source: TypedArray,
  offset: number,
  shape: Shape,
  strides: readonly number[],
): void => {
  const size = sizeOf(shape)
  if (size === 0) return
  const run = runLength(shape, strides)
  let outer = shape.length
  for (let covered = 1; outer > 0 && covered < run; outer--) covered *= shape[outer - 1] as number
  const inner = run > 1 ? run : (shape[outer - 1] ?? 1)
  const step = run > 1 ? 1 : (strides[outer - 1] ?? 0)
  if (run === 1 && outer > 0) outer--
  const index = new Array<number>(outer).fill(0)
  let from = offset
  for (let to = at; to < at + size; to += inner) {
    if (step === 1 && inner >= longRun) target.set(source.subarray(from, from + inner), to)
    else for (let i = 0; i < inner; i++) target[to + i] = source[from + i * step] as number
    for (let axis = outer - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1
      from += strides[axis] as number
      if (next < (shape[axis] as number)) {
        index[axis] = next
        break
      }
      from -= next * (strides[axis] as number)
      index[axis] = 0
    }
  }
}

/** A tensor of the elements that `strides` reach from `offset`. */
export const copyStrided = (
  source: TypedArray,
  offset: number,
  strides: readonly number[],
  type: Abstract,
): ConcreteTensor => {
  const target = allocate(type.dtype, sizeOf(type.shape))
  copyInto(target, 0, source, offset, type.shape, strides)
  return new ConcreteTensor(type.shape, type.dtype, target, type.weakType)
}
