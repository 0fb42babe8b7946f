/** Operations along axes, by order, products and windows. */
import { lax, np } from '@puregrad/core'
import { axisOf, float, listed, type Operations } from './operation.js'
import { fit } from './views.js'

export const reductions: Operations = {
  sum: ({ a, n }) => a.sum({ axis: axisOf(a, n), keepdims: n % 2 === 0 }),
  total: ({ a }) => a.sum(),
  mean: ({ a }) => a.mean(),
  max: ({ a, n }) => a.max({ axis: axisOf(a, n) }),
  prod: ({ a, n }) => np.prod(a, { axis: axisOf(a, n) }),
  all: ({ a, n }) => np.all(a, { axis: axisOf(a, n) }),
  argmax: ({ a, n }) => np.argmax(a, { axis: axisOf(a, n) }),
  cumsum: ({ a, n }) => np.cumsum(a, { axis: axisOf(a, n) }),
  cummax: ({ a, n }) => lax.cummax(a, { axis: axisOf(a, n), reverse: n % 2 === 0 }),
  sort: ({ a, n }) => np.sort(a, { axis: axisOf(a, n) }),
  argsort: ({ a, n }) => np.argsort(a, { axis: axisOf(a, n) }),
  softmax: ({ a, n }) => lax.softmax(float(a), axisOf(a, n)),
  logsumexp: ({ a, n }) => lax.logsumexp(float(a), axisOf(a, n)),
  normalise: ({ a }) => float(a).sub(float(a).mean({ axis: -1, keepdims: true })),
  matmul: ({ a, b }) => np.matmul(a, b),
  'matmul with itself': ({ a }) => np.matmul(a, a.T),
  gram: ({ a }) => np.einsum('...i,...j->...ij', float(a), float(a)),
  outer: ({ a, b }) => np.outer(a, b).slice({ stop: 4 }, { stop: 4 }),
  einsum: ({ a, b }) =>
    np.einsum(
      'i,j->ij',
      listed(float(a)).reshape([-1]).slice({ stop: 5 }),
      listed(float(b)).reshape([-1]).slice({ stop: 5 }),
    ),
  window: ({ a }) =>
    lax.reduceWindow(
      float(a),
      Number.NEGATIVE_INFINITY,
      lax.max,
      a.shape.map(() => 2),
      a.shape.map(() => 1),
      'SAME',
    ),
  'window of sums': ({ a }) =>
    lax.reduceWindow(
      float(a),
      0,
      lax.add,
      a.shape.map(() => 2),
      a.shape.map(() => 2),
      'VALID',
    ),
  convolve: ({ a, b }) => np.convolve(float(a).reshape([-1]), fit(float(b), [3])),
}
