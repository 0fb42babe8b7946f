/** The error for asking a tracer for its number, with the cure for the usual reasons. */
import { ConcretizationError } from '../errors.js'
import type { Tensor } from '../tensor.js'

export const concretization = (x: Tensor, operation: string): ConcretizationError =>
  new ConcretizationError(
    `${operation}: ${x.describe()} has no number yet. Use np.where, cond or whileLoop instead of \`if\` and \`while\`, ` +
      'methods instead of JavaScript operators (x.add(1), not x + 1), or make the argument static (jit(f, { staticArgnums })).',
  )
