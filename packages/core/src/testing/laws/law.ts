/** What a law is: a statement about every function, checked at some arguments or as a fast-check property over many. */

import type { Arbitrary, IPropertyWithHooks } from 'fast-check'
import fc from '#fast-check'
import type { Tensor } from '../../tensor.js'
import { LawError } from '../failures.js'
import { type FlatCall, flatten } from '../flat.js'
import type { Tolerance } from '../measure.js'

/** A law with its name. */
export interface Law {
  /** What it says, as a test's title: 'vjp is the transpose of jvp'. */
  readonly title: string
  /** @throws LawError saying where it breaks */
  readonly check: <A extends readonly unknown[]>(
    f: (...args: A) => unknown,
    args: readonly [...A],
    tolerance?: Tolerance,
  ) => void
  /** The law over arbitrary arguments, for `fc.assert`. */
  readonly property: <A extends readonly unknown[]>(
    f: (...args: A) => unknown,
    args: Arbitrary<readonly [...A]>,
  ) => IPropertyWithHooks<[readonly [...A]]>
}

/** A law from a test of a flat function that says what is wrong, or null. */
export const law = (title: string, fault: (f: FlatCall, tolerance: Tolerance) => string | null): Law => {
  const check: Law['check'] = (f, args, tolerance) => {
    const call = flatten(f as never, args)
    const detail = fault(call, tolerance ?? usualTolerance(call.leaves))
    if (detail !== null) throw new LawError(title, detail)
  }
  return { title, check, property: (f, args) => fc.property(args, (given) => check(f, given)) }
}

/** What rounding in another order may change: a few ulp of a sum of many terms. */
const usualTolerance = (leaves: readonly Tensor[]): Tolerance =>
  leaves.some((x) => x.dtype === 'float32') ? { rtol: 1e-4, atol: 1e-5 } : { rtol: 1e-10, atol: 1e-11 }
