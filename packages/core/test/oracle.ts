/** What unit tests of primitives compare with: finite differences in float64, transposes, and batches done one by one. */
import { expect } from 'vitest'
import '../src/trace/evaluate.js'
import { allocate, type DType, isFloat } from '../src/dtype.js'
import { range, type Shape, sizeOf, stridesOf } from '../src/shape.js'
import { ConcreteTensor, type Tensor, uniform } from '../src/tensor.js'
import { batchFlat } from '../src/trace/batch.js'
import { jvpFlat } from '../src/trace/jvp.js'
import { linearizeFlat } from '../src/trace/linearize.js'

/** A tensor with these elements, row-major. */
export const tensor = (
  elements: ArrayLike<number>,
  shape: Shape = [elements.length],
  dtype: DType = 'float64',
): ConcreteTensor => {
  const storage = allocate(dtype, sizeOf(shape))
  storage.set(Array.from(elements))
  return new ConcreteTensor(shape, dtype, storage)
}

/** Numbers between `low` and `high` that look random and are the same in every run (a Weyl sequence). */
export const spread = (shape: Shape, low = -1, high = 1, seed = 1): ConcreteTensor =>
  tensor(
    range(sizeOf(shape)).map(
      (i) => low + (high - low) * ((0.5 + (i + 1) * 0.6180339887498949 + seed * 0.7548776662466927) % 1),
    ),
    shape,
  )

export const elements = (x: Tensor): number[] => Array.from(x.data())

export type Flat = (args: readonly Tensor[]) => readonly Tensor[]

const dot = (xs: readonly Tensor[], ys: readonly Tensor[]): number =>
  xs.reduce((total, x, i) => {
    const y = elements(ys[i] as Tensor)
    return total + elements(x).reduce((sum, v, k) => sum + v * (y[k] as number), 0)
  }, 0)

const moved = (xs: readonly Tensor[], vs: readonly Tensor[], step: number): Tensor[] =>
  xs.map((x, i) => {
    const v = elements(vs[i] as Tensor)
    return tensor(
      elements(x).map((e, k) => e + step * (v[k] as number)),
      x.shape,
      x.dtype,
    )
  })

export const expectClose = (actual: Tensor, expected: Tensor, tolerance: number): void => {
  expect(actual.shape).toEqual(expected.shape)
  const want = elements(expected)
  elements(actual).forEach((a, i) => {
    const e = want[i] as number
    if (Object.is(a, e) || a === e) return
    expect(Math.abs(a - e), `element ${i}: ${a} instead of ${e}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(e)))
  })
}

/**
 * Derivatives of `f` at float64 arguments, to the given order: jvp against central differences, and vjp as its transpose.
 * Arguments of other dtypes stay constant.
 */
export const expectDerivatives = (f: Flat, args: readonly Tensor[], order = 2, tolerance = 1e-6): void => {
  const moving = args.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []))
  const g: Flat = (xs) =>
    f(args.map((x, i) => (moving.includes(i) ? (xs[moving.indexOf(i)] as Tensor) : x))).filter((y) => isFloat(y.dtype))
  const primals = moving.map((i) => args[i] as Tensor)
  const tangents = primals.map((x, i) => spread(x.shape, -1, 1, 10 + i))
  const step = 1e-5
  const [up, down] = [g(moved(primals, tangents, step)), g(moved(primals, tangents, -step))]
  const derivative: Flat = (xs) => {
    const [ys, dys] = jvpFlat(g, xs, tangents)
    return ys.map((y, i) => dys[i] ?? uniform(0, y))
  }
  const pushed = derivative(primals)
  pushed.forEach((dy, i) => {
    const low = elements(down[i] as Tensor)
    const slopes = elements(up[i] as Tensor).map((u, k) => (u - (low[k] as number)) / (2 * step))
    expectClose(dy, tensor(slopes, dy.shape, dy.dtype), tolerance)
  })
  const linear = linearizeFlat(g, primals)
  for (const [i, dy] of linear.pushforward(tangents).entries()) expectClose(dy, pushed[i] as Tensor, 1e-12)
  const cotangents = linear.outputs.map((y, i) => spread(y.shape, -1, 1, 20 + i))
  const pulled = linear.pullback(cotangents).map((c, i) => c ?? uniform(0, primals[i] as Tensor))
  const [forward, backward] = [dot(pushed, cotangents), dot(pulled, tangents)]
  expect(Math.abs(forward - backward), 'vjp is the transpose of jvp').toBeLessThanOrEqual(
    1e-10 * (1 + Math.abs(forward)),
  )
  if (order > 1) expectDerivatives(derivative, primals, order - 1, tolerance * 10)
}

const takeAlong = (x: Tensor, axis: number, index: number): Tensor => {
  const strides = stridesOf(x.shape)
  const shape = x.shape.filter((_, i) => i !== axis)
  const all = elements(x)
  const kept = range(x.ndim).filter((i) => i !== axis)
  const positions = range(sizeOf(shape)).map((flat) => {
    let rest = flat
    let offset = index * (strides[axis] as number)
    for (const a of [...kept].reverse()) {
      const n = x.shape[a] as number
      offset += (rest % n) * (strides[a] as number)
      rest = Math.floor(rest / n)
    }
    return all[offset] as number
  })
  return tensor(positions, shape, x.dtype)
}

/** Batching gives, for batches along every axis of every subset of the arguments, what one evaluation after another gives. */
export const expectBatches = (f: Flat, args: readonly Tensor[], size = 3): void => {
  const variants = (x: Tensor, i: number): readonly Tensor[] =>
    range(size).map((b) => {
      if (!isFloat(x.dtype)) return x
      const shift = spread(x.shape, -0.01, 0.01, 30 + 7 * i + b)
      return moved([x], [shift], 1)[0] as Tensor
    })
  for (let subset = 1; subset < 2 ** args.length; subset++) {
    const batched = args.map((_, i) => (subset >> i) % 2 === 1)
    const most = Math.max(...args.filter((_, i) => batched[i]).map((x) => x.ndim))
    for (let position = 0; position <= most; position++) {
      const axes = args.map((x, i) => (batched[i] ? Math.min(position, x.ndim) : null))
      const all = args.map(variants)
      const inputs = args.map((x, i) => (batched[i] ? stack(all[i] as Tensor[], axes[i] as number) : x))
      const [outputs, outputAxes] = batchFlat(f, inputs, axes, { size, name: null })
      for (const b of range(size)) {
        const single = f(args.map((x, i) => (batched[i] ? ((all[i] as Tensor[])[b] as Tensor) : x)))
        outputs.forEach((y, k) => {
          const axis = outputAxes[k] ?? null
          expectClose(axis === null ? y : takeAlong(y, axis, b), single[k] as Tensor, 1e-12)
        })
      }
    }
  }
}

const stack = (xs: readonly Tensor[], axis: number): Tensor => {
  const [first] = xs as [Tensor]
  const shape = [...first.shape.slice(0, axis), xs.length, ...first.shape.slice(axis)]
  const inner = sizeOf(first.shape.slice(axis))
  const outer = sizeOf(first.shape.slice(0, axis))
  const parts = xs.map(elements)
  return tensor(
    range(outer).flatMap((o) => parts.flatMap((p) => p.slice(o * inner, (o + 1) * inner))),
    shape,
    first.dtype,
  )
}
