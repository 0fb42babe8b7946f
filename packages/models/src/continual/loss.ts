/** Losses as functions of parameters and whatever a batch is, and terms that are added to them. */
import type { Tensor } from '@puregrad/core'

/** What a loss returns: a number to minimise, or a pair of it and something beside it, as `grad` takes with `hasAux`. */
export type Lost = Tensor | readonly [Tensor, unknown]

/** A loss of parameters and a batch, which may be any number of arguments, such as images and labels. */
export type Loss<P, A extends readonly unknown[], R extends Lost = Tensor> = (params: P, ...batch: A) => R

/** The number to minimise. */
export const valueOf = (lost: Lost): Tensor => (Array.isArray(lost) ? (lost[0] as Tensor) : (lost as Tensor))

/** The same with another number to minimise. */
export const withValue = <R extends Lost>(lost: R, value: Tensor): R =>
  (Array.isArray(lost) ? [value, lost[1]] : value) as R
