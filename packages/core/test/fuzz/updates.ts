/** Reads and updates by index. What an update reads is often what it updates. */
import { type IndexedUpdate, lax, np, type Tensor } from '@puregrad/core'
import { axisOf, listed, type Operations } from './operation.js'
import { fit, view } from './views.js'

const modes = ['clip', 'wrap', 'fill'] as const

const change = (target: IndexedUpdate, value: Tensor, n: number): Tensor => {
  const how = [target.set, target.add, target.mul, target.min, target.max][n % 5] as IndexedUpdate['set']
  return how(value)
}

/** Whole numbers out of a value, some of them outside of `size`. */
const indices = (x: Tensor, count: number, size: number, n: number): Tensor => {
  const whole = fit(x, [count]).astype('int32')
  return n % 3 === 0 ? whole : lax.clamp(-size, whole, Math.max(size - 1, 0))
}

const start = (x: Tensor): Tensor => fit(x, []).astype('int32')

export const updates: Operations = {
  'set rows': ({ a, b, n }) => {
    const part = a.slice({ start: n % 2 })
    return change(a.at({ start: n % 2 }), fit(view(b, n), part.shape, n).astype(a.dtype), n)
  },
  'set its own rows, one further': ({ a, n }) => change(a.at({ start: 1 }), a.slice({ stop: -1 }), n),
  'set its own rows, one back': ({ a, n }) => change(a.at({ stop: -1 }), a.slice({ start: 1 }), n),
  'set every other': ({ a, b, n }) => {
    const part = a.slice({ step: 2 })
    return change(a.at({ step: 2 }), fit(b, part.shape, n).astype(a.dtype), n)
  },
  'set columns': ({ a, n }) => change(a.at('...', { start: 1 }), a.slice('...', { stop: -1 }), n),
  'set one': ({ a, b, n }) => a.at(n % Math.max(a.shape[0] ?? 1, 1)).set(b.sum()),
  'set all, in another order': ({ a, n }) => {
    const rows = a.shape[0] as number
    return change(a.at(Array.from({ length: rows }, (_, i) => rows - 1 - i)), fit(view(a, n), a.shape), n)
  },
  'set where it says': ({ a, b, n }) => {
    const at = indices(b, 1 + (n % 4), a.shape[0] ?? 1, n)
    return change(a.at(at), fit(view(a, n), [at.size, ...a.shape.slice(1)], n).astype(a.dtype), n)
  },
  'set at itself': ({ a, n }) => {
    const whole = listed(a).astype('int32')
    return change(whole.at(whole.slice({}, ...whole.shape.slice(1).map(() => 0))), whole, n)
  },
  'add twice': ({ a, b }) => a.at(np.array([0, 0])).add(b.sum()),
  'by a mask': ({ a, b }) => np.where(fit(b, a.shape).gt(0), a, np.flip(listed(a)).reshape(a.shape)),
  putAlongAxis: ({ a, b, n }) => {
    const axis = axisOf(a, n)
    return np.putAlongAxis(a, np.argsort(a, { axis }), fit(view(b, n), a.shape).astype(a.dtype), axis)
  },
  dynamicUpdate: ({ a, b, n }) => {
    const shape = a.shape.map((size) => Math.max(size - (n % 2), 0))
    return lax.dynamicUpdateSlice(
      a,
      fit(view(b, n), shape, n).astype(a.dtype),
      a.shape.map(() => start(b)),
    )
  },
  'dynamicUpdate by itself': ({ a, n }) => {
    const shape = a.shape.map((size) => Math.max(size - 1, 0))
    return lax.dynamicUpdateSlice(
      a,
      fit(a, shape, n),
      a.shape.map((_, i) => (n + i) % 2),
    )
  },
  dynamicUpdateIndex: ({ a, b, n }) =>
    lax.dynamicUpdateIndexInDim(
      a,
      fit(
        b,
        a.shape.filter((_, i) => i !== axisOf(a, n)),
      ).astype(a.dtype),
      start(b),
      axisOf(a, n),
    ),
  dynamicSlice: ({ a, b, n }) =>
    lax.dynamicSlice(
      a,
      a.shape.map(() => start(b)),
      a.shape.map((s) => Math.max(s - (n % 3), 0)),
    ),
  dynamicIndex: ({ a, b, n }) => lax.dynamicIndexInDim(a, start(b), axisOf(a, n)),
  take: ({ a, b, n }) => np.take(a, b.astype('int32'), { axis: axisOf(a, n), mode: modes[n % 3] ?? 'clip' }),
  'take from itself': ({ a, n }) => np.take(a, a.astype('int32'), { axis: axisOf(a, n), mode: 'wrap' }),
  takeAlongAxis: ({ a, n }) =>
    np.takeAlongAxis(a, np.argsort(np.flip(a), { axis: axisOf(a, n) }), { axis: axisOf(a, n) }),
  takeRows: ({ a, b }) => lax.takeRows(a, indices(b, 3, a.shape[0] ?? 1, 1)),
  pick: ({ a, b, n }) => a.slice(indices(b, 2 + (n % 2), a.shape[0] ?? 1, n)),
}
