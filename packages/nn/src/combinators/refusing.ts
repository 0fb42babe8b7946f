/** Layers that refuse a shape before they look at what is inside them. */
import type { Layer, ShapeOf } from '../layer.js'
import { refuse, unlessRefused } from '../refusal.js'

/** The same layer, which refuses what it has no use for: `reason` says why, and what helps, or gives null. */
export const refusing = <P, S, I, O, L>(
  layer: Layer<P, S, I, O> & L,
  reason: (input: ShapeOf<I>) => readonly [why: string, cure: string] | null,
): Layer<P, S, I, O> & L => ({
  ...layer,
  plan: (input: ShapeOf<I>) => {
    const why = reason(input)
    return why === null ? layer.plan(input) : unlessRefused(() => refuse(layer.name, ...why))(input)
  },
})
