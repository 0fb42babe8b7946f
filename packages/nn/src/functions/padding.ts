/** Padding of what slides: how it is given, and as widths before and after every axis. */
import { type Shape, show } from '@puregrad/core'
import { refuse } from '../refusal.js'

/** Widths before and after every axis. */
export type Pairs = readonly (readonly [low: number, high: number])[]

/**
 * A rule, where VALID adds nothing and SAME keeps ⌈size / stride⌉ positions; or widths: one for both sides of all axes, as in
 * PyTorch, one for both sides of each axis, or pairs of those before and after each axis.
 */
export type Padding = 'SAME' | 'VALID' | number | Shape | Pairs

/** Padding as a rule, or as widths of every axis. */
export type Resolved = 'SAME' | 'VALID' | Pairs

const isWidth = (x: unknown): x is number => Number.isInteger(x)
const isPair = (x: unknown): x is readonly [low: number, high: number] =>
  Array.isArray(x) && x.length === 2 && x.every(isWidth)

const cureOf = (given: unknown, rank: number): string => {
  if (typeof given === 'string' && ['SAME', 'VALID'].includes(given.toUpperCase()))
    return `Did you mean '${given.toUpperCase()}'?`
  const each = Array.from({ length: rank }, () => 1)
  return `Give 'SAME', 'VALID', a whole number for all sides, one for each axis, such as [${each}], or pairs, such as [${each.map(() => '[0,1]')}].`
}

/**
 * Widths of every one of `rank` axes.
 * @throws ShapeError naming what pads
 */
export const resolvePadding = (name: string, given: Padding, rank: number): Resolved => {
  if (given === 'SAME' || given === 'VALID') return given
  const all: unknown = isWidth(given) ? Array.from({ length: rank }, () => given) : given
  if (Array.isArray(all) && all.length === rank) {
    if (all.every(isWidth)) return all.map((n) => [n, n] as const)
    if (all.every(isPair)) return all
  }
  return refuse(
    name,
    `the padding is ${show(given)}, which is none for ${rank === 1 ? 'one axis' : `${rank} axes`}.`,
    cureOf(given, rank),
  )
}
