import { np, type Tensor, tree } from '@puregrad/core'
import fc from 'fast-check'

/** A tree as plain data, every bit of it. */
export const numbers = (x: unknown): unknown =>
  tree.map((leaf: Tensor) => `${leaf.dtype}[${leaf.shape}] ${Array.from(leaf.data())}`, x as Tensor)

/** Vectors and trees of the kind that optimisers see. */
export const vector = (n: number): fc.Arbitrary<Tensor> =>
  fc
    .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: n, maxLength: n })
    .map((data) => np.array(data, { dtype: 'float32' }))

export const params = fc.record({ w: vector(3), layers: fc.tuple(fc.record({ bias: vector(1) }), fc.constant(null)) })
