/** How layers refuse a shape: all of them in one way, which says who, why, and what helps. */
import { ShapeError } from '@puregrad/core'
import { type Either, left, right } from 'fp-ts/lib/Either.js'

/** @throws ShapeError of the layer's name, the reason and the cure */
export const refuse: (name: string, why: string, cure: string) => never = (name, why, cure) => {
  throw new ShapeError(`${name}: ${why} ${cure}`)
}

/** A plan whose refusals are its left side. */
export const unlessRefused =
  <I, R>(plan: (input: I) => R) =>
  (input: I): Either<ShapeError, R> => {
    try {
      return right(plan(input))
    } catch (error) {
      if (error instanceof ShapeError) return left(error)
      throw error
    }
  }
