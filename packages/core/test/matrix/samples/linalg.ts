import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { floats, numbers, singles } from '../values.js'

const identity = (x: Tensor): Tensor => lax.convertElementType(numbers([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]), x.dtype)

/** x·xᵀ + 1 of one 3×3 matrix: symmetric positive definite. */
const positive = (x: Tensor): Tensor =>
  lax.add(
    lax.dotGeneral(x, x, [
      [[1], [1]],
      [[], []],
    ]),
    identity(x),
  )
const square = floats([3, 3])
/** Singular values and pivots well apart. */
const tall = numbers([3, 0.2, -0.3, 0.1, 2, 0.4, 0.2, -0.1, 1, 0.3, 0.2, -0.2], [4, 3])
const apart = lax.slice(tall, [0, 0], [3, 3])
const wide = numbers([3, 0.2, -0.3, 0.1, 0.2, 2, 0.4, -0.1, 0.3, 0.1, 1, 0.5], [3, 4])
const batch = floats([2, 3, 3])

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  cholesky: [
    { args: [square], run: ([x]) => lax.linalg.cholesky(positive(x as Tensor)) },
    { name: 'float32', args: [singles([3, 3])], run: ([x]) => lax.linalg.cholesky(positive(x as Tensor)) },
    { name: 'empty', args: [floats([0, 0])], run: ([x]) => lax.linalg.cholesky(x as Tensor) },
  ],
  triangularSolve: [
    {
      args: [apart, floats([3, 2])],
      run: ([a, b]) => lax.linalg.triangularSolve(a as Tensor, b as Tensor, { leftSide: true, lower: true }),
    },
    {
      name: 'right side, transposed',
      args: [apart, floats([2, 3])],
      run: ([a, b]) => lax.linalg.triangularSolve(a as Tensor, b as Tensor, { transposeA: true }),
    },
    {
      name: 'unit diagonal, batches',
      args: [batch, floats([2, 3, 1])],
      run: ([a, b]) => lax.linalg.triangularSolve(a as Tensor, b as Tensor, { leftSide: true, unitDiagonal: true }),
    },
  ],
  lu: [
    { args: [apart], run: ([x]) => lax.linalg.lu(x as Tensor) },
    { name: 'tall', args: [tall], run: ([x]) => lax.linalg.lu(x as Tensor) },
    { name: 'wide', args: [wide], run: ([x]) => lax.linalg.lu(x as Tensor) },
    { name: 'batches', args: [batch], run: ([x]) => lax.linalg.lu(x as Tensor) },
  ],
  qr: [
    { args: [apart], run: ([x]) => lax.linalg.qr(x as Tensor) },
    { name: 'tall', args: [tall], run: ([x]) => lax.linalg.qr(x as Tensor, { fullMatrices: false }) },
    { name: 'wide', args: [wide], run: ([x]) => lax.linalg.qr(x as Tensor) },
    { name: 'batches', args: [batch], run: ([x]) => lax.linalg.qr(x as Tensor) },
  ],
  eigh: [
    { args: [apart], run: ([x]) => lax.linalg.eigh(x as Tensor) },
    { name: 'values only', args: [square], run: ([x]) => lax.linalg.eigh(positive(x as Tensor))[1] },
  ],
  svd: [
    { args: [apart], run: ([x]) => lax.linalg.svd(x as Tensor) },
    { name: 'tall', args: [tall], run: ([x]) => lax.linalg.svd(x as Tensor, { fullMatrices: false }) },
    { name: 'wide', args: [wide], run: ([x]) => lax.linalg.svd(x as Tensor, { fullMatrices: false }) },
    { name: 'values only', args: [wide], run: ([x]) => lax.linalg.svd(x as Tensor, { computeUv: false }) },
  ],
}
