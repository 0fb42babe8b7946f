/** Reverse mode answers to forward mode. */
import type { Tensor } from '../../tensor.js'
import { jvp } from '../../transforms/jvp.js'
import { vjp } from '../../transforms/vjp.js'
import { smoothPart } from '../flat.js'
import { direction, inner, isClose } from '../measure.js'
import { type Law, law } from './law.js'

const sumOfMagnitudes = (xs: readonly Tensor[]): number =>
  xs.reduce((sum, x) => Array.from(x.data()).reduce((s, e) => s + Math.abs(e), sum), 0)

/** ⟨J v, w⟩ = ⟨v, Jᵀ w⟩ for a direction v through all float arguments and w through all float results. */
export const transposition: Law = law('vjp is the transpose of jvp', (f, { rtol, atol }) => {
  const { leaves, call } = smoothPart(f)
  const list = (xs: readonly Tensor[]): readonly Tensor[] => call(xs)
  const along = leaves.map((x, i) => direction(x, i))
  const [values, pushed] = jvp(list, [leaves], [along])
  const cotangents = values.map((y, i) => direction(y, 50 + i))
  const [pulled] = vjp(list, leaves)[1](cotangents)
  const [forward, backward] = [inner(pushed, cotangents), inner(along, pulled)]
  // Sums of many terms are as inexact as their terms, even if they cancel.
  const magnitude = sumOfMagnitudes(pushed) + sumOfMagnitudes(pulled)
  return isClose(backward, forward, { rtol: 0, atol: atol + rtol * magnitude })
    ? null
    : `⟨J v, w⟩ is ${forward} and ⟨v, Jᵀ w⟩ is ${backward}`
})
