/** Layers whose making depends on the shapes that they are given. */
import type { Layer, ShapeOf } from '@puregrad/nn'

/**
 * The layer that `make` gives for some facts about the input, which shapes tell.
 * @param ofShapes the facts, from shapes without a batch axis  @param ofInput the same, from the input itself
 */
export const fromInput = <F, P, S, I, O>(
  name: string,
  ofShapes: (shapes: ShapeOf<I>) => F,
  ofInput: (x: I) => F,
  make: (facts: F) => Layer<P, S, I, O>,
): Layer<P, S, I, O> => ({
  name,
  plan: (input) => make(ofShapes(input)).plan(input),
  apply: (params, state, x, ctx) => make(ofInput(x)).apply(params, state, x, ctx),
})
