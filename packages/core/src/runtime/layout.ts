/** Strides of operands: which loops a kernel runs over them, and how they become row-major. */
import { bytesOf, widthOf } from '../dtype.js'
import type { Emitter, Operand, Primitive } from '../primitives/primitive.js'
import { type Shape, sizeOf, sizesBetween, stridesOf } from '../shape.js'

/** `true` if walking `shape` by `strides` is walking memory, so that no copy is needed. */
export const isRowMajor = (shape: Shape, strides: readonly number[] | null): boolean => {
  if (strides === null) return true
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return false
    step *= shape[i] as number
  }
  return true
}

/** Emits a copy of `source` (any strides) to row-major `target` memory. */
export const emitCopy = (emit: Emitter, source: Operand, target: number): void => {
  const { shape, dtype } = source
  const from = source.strides ?? stridesOf(shape)
  const to = stridesOf(shape)
  const rows = shape[0] ?? 1
  const rest = sizesBetween(shape, 1)
  const bytes = bytesOf(dtype)
  emit.parallel(rows, sizeOf(shape) * copyNanoseconds, (part, first, count) =>
    part.call(
      `copyNd_${widthOf(dtype)}`,
      source.pointer + first * (from[0] ?? 0) * bytes,
      target + first * (to[0] ?? 0) * bytes,
      shape.length,
      part.table([...(shape.length === 0 ? [] : [count, ...rest]), ...from, ...to]),
    ),
  )
}

const copyNanoseconds = 0.5

/** Two nested loops over n operands: `outer` rows with any step, `inner` elements with step 0 or 1. */
export interface TwoLoops {
  readonly outer: number
  readonly inner: number
  /** Per operand, the step between rows and between elements. */
  readonly steps: readonly (readonly [number, number])[]
}

/**
 * Collapses broadcast operands over `shape` into two loops, or null if that takes more. Axes of which all operands step
 * evenly are merged first, as in an [N, H, W, C] plus a [C].
 */
export const twoLoops = (shape: Shape, strides: readonly (readonly number[] | null)[]): TwoLoops | null => {
  const full = strides.some((s) => s === null) ? stridesOf(shape) : null
  const steps = strides.map((s) => s ?? (full as readonly number[]))
  const loops: { size: number; steps: number[] }[] = []
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number
    if (size === 1) continue
    const here = steps.map((s) => s[axis] as number)
    const last = loops[loops.length - 1]
    if (last?.steps.every((s, i) => here[i] === s * last.size)) last.size *= size
    else loops.push({ size, steps: here })
  }
  if (loops.length === 0) return { outer: 1, inner: 1, steps: steps.map(() => [0, 0] as const) }
  const [inner, outer] = loops as [(typeof loops)[0], (typeof loops)[0] | undefined]
  if (loops.length > 2) return null
  if (!inner.steps.every((s) => s === 0 || s === 1)) {
    return loops.length === 1 ? { outer: inner.size, inner: 1, steps: inner.steps.map((s) => [s, 0] as const) } : null
  }
  return {
    outer: outer?.size ?? 1,
    inner: inner.size,
    steps: inner.steps.map((s, i) => [outer?.steps[i] ?? 0, s] as const),
  }
}

/** Which strides an operand may keep when it is handed to `primitive`. */
export const keepsStrides = (
  primitive: Primitive,
  strides: readonly number[] | null,
  shape: readonly number[],
): boolean => {
  if (strides === null || primitive.accepts === 'any') return true
  return primitive.accepts === 'broadcast' && (isBroadcast(shape, strides) || isWalked(shape, strides))
}

/** Shorter rows are slower to walk one by one than to copy. */
const shortestRow = 16

/** Two loops walk it, with enough elements in the inner one. */
const isWalked = (shape: Shape, strides: readonly number[]): boolean => {
  const loops = twoLoops(shape, [strides, null])
  return loops !== null && loops.inner >= shortestRow
}

/** `true` if the strides are those of a row-major array broadcast along some axes. */
const isBroadcast = (shape: readonly number[], strides: readonly number[]): boolean => {
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 1 || strides[i] === 0) continue
    if (strides[i] !== step) return false
    step *= shape[i] as number
  }
  return true
}
