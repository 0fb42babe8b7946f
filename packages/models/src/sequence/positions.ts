/** Four ways to say where a token stands. */
import { ArgumentError } from '@puregrad/core'
import { identity, type initializers, lambda, learnedPositions, sinusoidalEncoding } from '@puregrad/nn'

/**
 * Where tokens stand: vectors that are learnt or waves (Vaswani et al. 2017) added to them, queries and keys turned (Su et al. 2021),
 * or scores that fall off with distance (Press et al. 2022).
 */
export type Positions = 'learned' | 'sinusoidal' | 'rotary' | 'alibi'

const kinds: readonly Positions[] = ['learned', 'sinusoidal', 'rotary', 'alibi']

/** @throws ArgumentError unless it is one of them */
export const checkPositions = (name: string, positions: Positions): void => {
  if (!kinds.includes(positions))
    throw new ArgumentError(`${name}: positions are '${String(positions)}', and have to be one of ${kinds.join(', ')}.`)
}

/** What is added to vectors of tokens. Of two kinds nothing is: attention itself sees them. */
export const addedPositions = (positions: Positions, context: number, embeddingInit: initializers.Initializer) => {
  if (positions === 'learned') return learnedPositions(context, { embeddingInit })
  return positions === 'sinusoidal' ? sinusoidalEncoding() : lambda(identity)
}

/** The options of attention that sees positions. */
export const attendedPositions = (positions: Positions): { readonly rope: boolean; readonly alibi: boolean } => ({
  rope: positions === 'rotary',
  alibi: positions === 'alibi',
})
