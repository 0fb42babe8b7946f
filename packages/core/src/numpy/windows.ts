/** Windows that taper the ends of a signal. */

import { checkNumber } from '../checks.js'
import { allocate } from '../dtype.js'
import { named } from '../operation.js'
import { checkCount } from '../shape.js'
import { ConcreteTensor, type Tensor } from '../tensor.js'

/** A symmetric window of M points, from its formula at n = 0 … M − 1. */
const window = (name: string, M: number, at: (n: number) => number): Tensor => {
  checkCount(name, 'the number of points', M)
  const points = allocate('float32', M)
  for (let n = 0; n < M; n++) points[n] = M === 1 ? 1 : at(n)
  return new ConcreteTensor([M], 'float32', points)
}

const turn = (n: number, M: number): number => (2 * Math.PI * n) / (M - 1)

/**
 * The triangle that is 0 at both ends and 1 in the middle.
 * @throws RangeError unless M is a whole number ≥ 0
 * @example np.bartlett(5).toArray() // [0, 0.5, 1, 0.5, 0]
 */
export const bartlett = named(
  'bartlett',
  (M: number): Tensor => window('bartlett', M, (n) => 1 - Math.abs((2 * n) / (M - 1) - 1)),
)

/**
 * 0.42 − 0.5 cos t + 0.08 cos 2t, with t from 0 to 2π.
 * @throws RangeError unless M is a whole number ≥ 0
 * @example np.blackman(3) // [0, 1, 0]
 */
export const blackman = named(
  'blackman',
  (M: number): Tensor =>
    window('blackman', M, (n) => 0.42 - 0.5 * Math.cos(turn(n, M)) + 0.08 * Math.cos(2 * turn(n, M))),
)

/**
 * 0.54 − 0.46 cos t, with t from 0 to 2π.
 * @throws RangeError unless M is a whole number ≥ 0
 * @example np.hamming(3) // [0.08, 1, 0.08]
 */
export const hamming = named(
  'hamming',
  (M: number): Tensor => window('hamming', M, (n) => 0.54 - 0.46 * Math.cos(turn(n, M))),
)

/**
 * 0.5 − 0.5 cos t, with t from 0 to 2π.
 * @throws RangeError unless M is a whole number ≥ 0
 * @example np.hanning(3).toArray() // [0, 1, 0]
 */
export const hanning = named(
  'hanning',
  (M: number): Tensor => window('hanning', M, (n) => 0.5 - 0.5 * Math.cos(turn(n, M))),
)

/** I₀(x) = Σ (x/2)²ᵏ / k!² (DLMF 10.25.2), whose terms are all positive. */
const besselI0 = (x: number): number => {
  const quarter = (x * x) / 4
  let [sum, term] = [1, 1]
  for (let k = 1; term > sum * 2 ** -54; k++) {
    term *= quarter / (k * k)
    sum += term
  }
  return sum
}

/**
 * I₀(β √(1 − t²)) / I₀(β), with t from −1 to 1: a larger beta gives a narrower window.
 * @throws RangeError unless M is a whole number ≥ 0
 * @example np.kaiser(3, 0).toArray() // [1, 1, 1]
 */
export const kaiser = named('kaiser', (M: number, beta: number): Tensor => {
  checkNumber('kaiser', 'beta', beta)
  const whole = besselI0(beta)
  return window('kaiser', M, (n) => besselI0(beta * Math.sqrt(Math.max(0, 1 - ((2 * n) / (M - 1) - 1) ** 2))) / whole)
})
