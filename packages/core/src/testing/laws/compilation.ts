/** Compiling changes nothing but speed. */
import type { Tensor } from '../../tensor.js'
import { jit } from '../../transforms/jit.js'
import { firstDifference } from '../measure.js'
import { type Law, law } from './law.js'

/** `jit(f)(x)` has the bits of f(x), at the call that compiles and at the next one. */
export const compilation: Law = law('jit f = f, bit for bit', ({ leaves, call }) => {
  const jitted = jit((xs: readonly Tensor[]) => call(xs))
  const expected = call(leaves)
  return firstDifference(jitted(leaves), expected, null) ?? firstDifference(jitted(leaves), expected, null)
})
