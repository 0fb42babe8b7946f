/** Derivatives are linear maps. */
import type { Tensor } from '../../tensor.js'
import { jvp } from '../../transforms/jvp.js'
import { smoothPart } from '../flat.js'
import { direction, firstDifference, shifted } from '../measure.js'
import { type Law, law } from './law.js'

/** J (u + 2v) = J u + 2 J v. A rule written by hand for `customJvp` is the usual culprit. */
export const linearity: Law = law('jvp is linear in its tangents', (f, tolerance) => {
  const { leaves, call } = smoothPart(f)
  const push = (along: readonly Tensor[]): readonly Tensor[] =>
    jvp((xs: readonly Tensor[]) => call(xs), [leaves], [along])[1]
  const [u, v] = [leaves.map((x, i) => direction(x, i)), leaves.map((x, i) => direction(x, 31 + i))]
  const together = push(u.map((x, i) => shifted(x, v[i] as Tensor, 2)))
  const pushedV = push(v)
  const apart = push(u).map((y, i) => shifted(y, pushedV[i] as Tensor, 2))
  return firstDifference(together, apart, tolerance)
})
