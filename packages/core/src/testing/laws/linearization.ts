/** Linearisation answers to forward mode. */
import type { Tensor } from '../../tensor.js'
import { jvp } from '../../transforms/jvp.js'
import { linearize } from '../../transforms/vjp.js'
import { smoothPart } from '../flat.js'
import { direction, firstDifference } from '../measure.js'
import { type Law, law } from './law.js'

/** `linearize(f, x)` gives f(x), and a function that maps every tangent as `jvp(f, [x], [·])` does. */
export const linearization: Law = law('linearize agrees with jvp', (f, tolerance) => {
  const { leaves, call } = smoothPart(f)
  const list = (xs: readonly Tensor[]): readonly Tensor[] => call(xs)
  const [value, pushforward] = linearize(list, leaves)
  for (const seed of [0, 7]) {
    const along = leaves.map((x, i) => direction(x, seed + i))
    const [expected, tangents] = jvp(list, [leaves], [along])
    const wrong =
      firstDifference(value, expected, tolerance) ?? firstDifference(pushforward(along), tangents, tolerance)
    if (wrong !== null) return wrong
  }
  return null
})
