/** Constant folding: an equation of literals is computed once, now. */
import { baseTrace, bind, withTrace } from '../primitives/primitive.js'
import { sizeOf } from '../shape.js'
import type { ConcreteTensor } from '../tensor.js'
import { Literal, type Program } from './program.js'
import { rewrite } from './rewrite.js'

/** Results larger than this stay computations: a literal would only move the work to memory. */
const largest = 1024 // elements

/** The program with equations over literals replaced by their results, computed by the same kernels. */
export const foldConstants = (program: Program): Program =>
  rewrite(program, (equation, replace) => {
    const foldable =
      equation.inputs.every((a) => a instanceof Literal) &&
      equation.primitive.control === undefined &&
      equation.primitive.inline === undefined &&
      equation.outputs.every((v) => sizeOf(v.abstract.shape) <= largest)
    if (!foldable) return equation
    const inputs = equation.inputs.map((a) => (a as Literal).value)
    const results = withTrace(baseTrace(), () => bind(equation.primitive, inputs, equation.params))
    return replace(results.map((x) => new Literal(x as ConcreteTensor)))
  })
