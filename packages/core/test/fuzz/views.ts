/** The same memory read in other ways. */
import { np, type Tensor } from '@puregrad/core'
import { axisOf, sizeOf } from './operation.js'

const ways: readonly ((x: Tensor, n: number) => Tensor)[] = [
  (x) => x,
  (x) => x.T,
  (x) => x.reshape([x.size]),
  (x, n) => (x.ndim === 0 ? x : x.slice({ start: n % 2 })),
  (x) => (x.ndim === 0 ? x : x.slice({ stop: -1 })),
  (x) => (x.ndim === 0 ? x : x.slice({ step: 2 })),
  (x) => (x.ndim === 0 ? x : x.slice({ step: -1 })),
  (x) => (x.ndim < 2 ? x : x.slice({}, { start: 1 })),
  (x, n) => (x.ndim === 0 ? x : np.moveaxis(x, axisOf(x, n), 0)),
  (x, n) => (x.ndim === 0 ? x : (np.split(x, [1], { axis: axisOf(x, n) })[1] as Tensor)),
]

/** The value, or a part of it, as another view. */
export const view = (x: Tensor, n: number): Tensor => (ways[n % ways.length] as (typeof ways)[number])(x, n)

/** Elements of x as `shape`: all, the first or the last of them, or their sum again and again. */
export const fit = (x: Tensor, shape: readonly number[], n = 0): Tensor => {
  const size = sizeOf(shape)
  if (x.size < size) return np.broadcastTo(x.sum().astype(x.dtype), shape)
  const start = n % 2 === 0 ? 0 : x.size - size
  return x
    .reshape([x.size])
    .slice({ start, stop: start + size })
    .reshape(shape)
}

/** `x` with the type of `like`. */
export const settle = (x: Tensor, like: Tensor): Tensor => fit(x, like.shape).astype(like.dtype)
