/** Views, parts, and tensors put together of others. */
import { lax, np } from '@puregrad/core'
import { axisOf, listed, type Operations } from './operation.js'
import { view } from './views.js'

export const shaping: Operations = {
  view: ({ a, n }) => view(a, n),
  transpose: ({ a }) => a.T,
  swap: ({ a, n }) => np.moveaxis(a, axisOf(a, n), 0),
  flat: ({ a }) => a.reshape([-1]),
  unflat: ({ a, n }) => a.reshape([(n % 3) + 1, -1]),
  deep: ({ a }) => a.reshape([1, ...a.shape, 1]),
  expand: ({ a, n }) => np.expandDims(a, n % (a.ndim + 1)),
  squeeze: ({ a }) => np.squeeze(a),
  broadcast: ({ a, n }) => np.broadcastTo(a, [(n % 3) + 1, ...a.shape]),
  flip: ({ a, n }) => np.flip(a, { axis: axisOf(a, n) }),
  slice: ({ a, n }) => a.slice({ start: n % 2, step: (n % 3) + 1 }),
  inner: ({ a, n }) => a.slice('...', { start: n % 2, stop: -1 }),
  nothing: ({ a }) => a.slice({ stop: 0 }),
  last: ({ a }) => a.slice(-1),
  pad: ({ a, n }) => np.pad(a, n % 3),
  interior: ({ a, n }) =>
    lax.pad(
      a,
      np.zeros([], { dtype: a.dtype }),
      a.shape.map(() => [n % 2, -(n % 3), n % 2] as const),
    ),
  concatenate: ({ a, b, n }) => np.concatenate([a, b], { axis: axisOf(a, n) }),
  'concatenate thrice': ({ a, b, n }) => np.concatenate([a, b, a], { axis: axisOf(a, n) }),
  stack: ({ a, b }) => np.stack([a, b]),
  'stack views': ({ a }) => np.stack([a, a.astype(a.dtype), np.flip(listed(a)).reshape(a.shape)]),
  tile: ({ a }) => np.tile(a, 2),
  roll: ({ a, n }) => np.roll(a, n % 4),
  split: ({ a, n }) => np.split(a, [1], { axis: axisOf(a, n) })[n % 2] ?? a,
}
