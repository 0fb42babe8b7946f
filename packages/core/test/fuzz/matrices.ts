/** Decompositions, convolutions, and what is written with many operations. */
import { lax, np, type Tensor } from '@puregrad/core'
import { axisOf, float, listed, type Operations } from './operation.js'
import { fit } from './views.js'

const square = (a: Tensor): Tensor => fit(np.tanh(float(a)), [3, 3])
const positive = (a: Tensor): Tensor => np.matmul(square(a), square(a).T).add(np.eye(3).mul(2).astype(square(a).dtype))

export const matrices: Operations = {
  cholesky: ({ a }) => np.linalg.cholesky(positive(a)),
  solve: ({ a, b }) => np.linalg.solve(positive(a), fit(float(b), [3, 2]).astype(positive(a).dtype)),
  inverse: ({ a }) => np.linalg.inv(positive(a)),
  determinant: ({ a }) => np.linalg.det(positive(a)),
  qr: ({ a }) => np.linalg.qr(positive(a))[0],
  eigenvalues: ({ a }) => np.linalg.eigh(positive(a))[0],
  norm: ({ a }) => np.linalg.norm(float(a).reshape([a.size])),
  convolution: ({ a, b }) =>
    lax.convGeneralDilated(fit(float(a), [1, 2, 5]), fit(float(b), [2, 2, 3]).astype(float(a).dtype), [1], 'SAME'),
  median: ({ a, n }) => np.median(float(a), { axis: axisOf(a, n) }),
  differences: ({ a, n }) => np.diff(listed(a), { axis: axisOf(a, n) }),
  variance: ({ a, n }) => np.var(float(a), { axis: axisOf(a, n), keepdims: true }),
  repeat: ({ a, n }) => np.repeat(a, 1 + (n % 3), { axis: axisOf(a, n) }),
  searchsorted: ({ a, b }) => np.searchsorted(np.sort(a.reshape([a.size])), b),
  trace: ({ a }) => np.trace(a),
  diagonal: ({ a }) => np.diagonal(a),
  kron: ({ a, b }) => np.kron(fit(a, [2, 2]), fit(b, [2, 3])),
}
