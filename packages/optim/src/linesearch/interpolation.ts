/** Minima of the polynomials through what is known of a function along a line. */
import { np, type Tensor } from '@puregrad/core'

/** A step, and the value and the slope of the function there. */
export interface Place {
  readonly step: Tensor
  readonly value: Tensor
  readonly slope: Tensor
}

/** Where the parabola is least that goes through `a` with its slope, and through `b`. No number if there is none. */
export const minimumOfParabola = (a: Place, b: Place): Tensor => {
  const width = b.step.sub(a.step)
  const bend = b.value.sub(a.value).sub(a.slope.mul(width)).div(np.square(width))
  return a.step.sub(a.slope.div(bend.mul(2)))
}

/**
 * Where the cubic is least that goes through `a` with its slope, and through `b` and `c`: with d = x − a it is
 * a + slope · d + B d² + A d³, least at d = (−B + √(B² − 3 A · slope)) / 3A. No number if there is none.
 */
export const minimumOfCubic = (a: Place, b: Place, c: Place): Tensor => {
  const [db, dc] = [b.step.sub(a.step), c.step.sub(a.step)]
  const rest = (x: Place, d: Tensor): Tensor => x.value.sub(a.value).sub(a.slope.mul(d))
  const [rb, rc] = [rest(b, db), rest(c, dc)]
  const determinant = np.square(db.mul(dc)).mul(db.sub(dc))
  const cubic = np.square(dc).mul(rb).sub(np.square(db).mul(rc)).div(determinant)
  const square = np.power(db, 3).mul(rc).sub(np.power(dc, 3).mul(rb)).div(determinant)
  const root = np.sqrt(np.square(square).sub(cubic.mul(a.slope).mul(3)))
  return a.step.add(root.sub(square).div(cubic.mul(3)))
}
