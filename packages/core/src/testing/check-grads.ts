/** `checkGrads`: derivatives of any order against numerical differences. */
import { DTypeError } from '../errors.js'
import { type Tensor, uniform } from '../tensor.js'
import { jvp } from '../transforms/jvp.js'
import { vjp } from '../transforms/vjp.js'
import { GradientError, type Mode } from './failures.js'
import { type Flat, type FlatCall, flatten, smoothPart } from './flat.js'
import { direction, inner, isClose, positionOf, shifted, type Tolerance, unitVector } from './measure.js'

export interface CheckGradsOptions {
  /** The highest order to check; every order below is checked too. Default 2. */
  readonly order?: number
  /** Forward mode, reverse mode, or both (the default) with all their mixtures in higher orders. */
  readonly modes?: readonly Mode[]
  /** Tolerance relative to the difference quotient. Default 1e-6. */
  readonly rtol?: number
  /** Absolute tolerance. Default 1e-6. */
  readonly atol?: number
  /** The step of the differences. Default 1e-4; the arguments should stay two steps away from kinks. */
  readonly eps?: number
}

interface Check extends Tolerance {
  readonly modes: readonly Mode[]
  readonly eps: number
}

/** A function of float64 leaves and the order of derivative that it is already. */
interface Derived {
  readonly leaves: readonly Tensor[]
  readonly names: readonly string[]
  readonly call: Flat
  readonly order: number
}

/**
 * Compares derivatives of `f` at `args` with central differences of fourth order: jvp along directions, vjp by its inner products
 * with them, and for `order` 2 and more the derivatives of those derivatives. `f` takes and returns trees. Float arguments are
 * made float64 first, so `f` should not convert to float32 inside; other leaves stay as they are.
 * @throws GradientError naming argument, index, expected and found number of the first mismatch; DTypeError if `f` takes its
 * arguments and not the same in float64, as with constants of float32 that become carries of a loop
 * @example checkGrads((x: Tensor) => np.tanh(x).sum(), [np.array([0.1, 0.2])], { order: 2 })
 */
export const checkGrads = <A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  args: readonly [...A],
  { order = 2, modes = ['fwd', 'rev'], rtol = 1e-6, atol = 1e-6, eps = 1e-4 }: CheckGradsOptions = {},
): void => {
  const flat = flatten(f as never, args)
  const { leaves, names, call } = smoothPart(flat, true)
  checkWide(flat, () => call(leaves))
  if (leaves.length > 0) checkOrder({ leaves, names, call, order: 1 }, order, { modes, rtol, atol, eps })
}

/** Tells a function that cannot work in float64 from one that cannot work. */
const checkWide = (given: FlatCall, wide: () => unknown): void => {
  try {
    wide()
  } catch (cause) {
    given.call(given.leaves)
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new DTypeError(
      `checkGrads: derivatives are checked in float64, and the function takes its arguments but not the same in float64 (${why}) ` +
        'Make constants in the dtype of what they meet, such as np.array(0, { dtype: x.dtype }), np.zerosLike(x) or plain numbers.',
      { cause },
    )
  }
}

const checkOrder = (f: Derived, highest: number, check: Check): void => {
  const tangents = f.leaves.map((x, i) => direction(x, 3 * f.order + i))
  const values = f.call(f.leaves)
  // A scalar's own derivative is easier to read in a message than a multiple of it.
  const scalar = values.length === 1 && values[0]?.size === 1
  const cotangents = values.map((y, i) => (scalar ? uniform(1, y) : direction(y, 100 + 3 * f.order + i)))
  for (const mode of check.modes) {
    if (mode === 'fwd') checkForward(f, tangents, check)
    else checkReverse(f, tangents, cotangents, check)
    if (f.order === highest) continue
    const derivative: Flat =
      mode === 'fwd' ? (xs) => pushed(f.call, xs, tangents) : (xs) => pulled(f.call, xs, cotangents)
    checkOrder({ ...f, call: derivative, order: f.order + 1 }, highest, check)
  }
}

const pushed = (call: Flat, leaves: readonly Tensor[], tangents: readonly Tensor[]): readonly Tensor[] =>
  jvp((xs: readonly Tensor[]) => call(xs), [leaves], [tangents])[1]

const pulled = (call: Flat, leaves: readonly Tensor[], cotangents: readonly Tensor[]): readonly Tensor[] =>
  vjp((xs: readonly Tensor[]) => call(xs), leaves)[1](cotangents)[0]

/** Slopes of all results along a direction: (8 (f₁ − f₋₁) − (f₂ − f₋₂)) / 12h, of fourth order in h. */
const slopes = (
  call: Flat,
  leaves: readonly Tensor[],
  tangents: readonly Tensor[],
  h: number,
): readonly Float64Array[] => {
  const at = (steps: number): readonly Tensor[] =>
    call(leaves.map((x, i) => shifted(x, tangents[i] as Tensor, steps * h)))
  const [far, near, back, farBack] = [at(2), at(1), at(-1), at(-2)]
  return near.map((y, k) => {
    const [n, b, f, g] = [y, back[k] as Tensor, far[k] as Tensor, farBack[k] as Tensor].map((t) => t.data())
    return Float64Array.from(n as ArrayLike<number>, (_, i) => {
      const [first, second] = [(n?.[i] as number) - (b?.[i] as number), (f?.[i] as number) - (g?.[i] as number)]
      return (8 * first - second) / (12 * h)
    })
  })
}

interface Mismatch {
  readonly expected: number
  readonly found: number
}

const forwardMismatch = (f: Derived, tangents: readonly Tensor[], check: Check): Mismatch | null => {
  const expected = slopes(f.call, f.leaves, tangents, check.eps)
  const found = pushed(f.call, f.leaves, tangents)
  for (const [k, dy] of found.entries()) {
    const numbers = dy.data()
    for (let i = 0; i < numbers.length; i++) {
      const [a, b] = [numbers[i] as number, expected[k]?.[i] as number]
      if (Number.isNaN(a) || !isClose(a, b, check)) return { expected: b, found: a }
    }
  }
  return null
}

const reverseMismatch = (
  f: Derived,
  tangents: readonly Tensor[],
  cotangents: readonly Tensor[],
  check: Check,
): Mismatch | null => {
  const found = inner(pulled(f.call, f.leaves, cotangents), tangents)
  let expected = 0
  let magnitude = 0
  slopes(f.call, f.leaves, tangents, check.eps).forEach((column, k) => {
    const ct = (cotangents[k] as Tensor).data()
    for (let i = 0; i < column.length; i++) {
      const term = (column[i] as number) * (ct[i] as number)
      expected += term
      magnitude += Math.abs(term)
    }
  })
  // A sum of many terms is as inexact as its terms, even if they cancel.
  const close = isClose(found, expected, { rtol: 0, atol: check.atol + check.rtol * magnitude })
  return close && !Number.isNaN(found) ? null : { expected, found }
}

const checkForward = (f: Derived, tangents: readonly Tensor[], check: Check): void =>
  report('fwd', f, tangents, (v) => forwardMismatch(f, v, check))

const checkReverse = (f: Derived, tangents: readonly Tensor[], cotangents: readonly Tensor[], check: Check): void =>
  report('rev', f, tangents, (v) => reverseMismatch(f, v, cotangents, check))

/** Looks along one direction through each leaf, and if derivatives differ there, for the element that is to blame. */
const report = (
  mode: Mode,
  f: Derived,
  tangents: readonly Tensor[],
  compare: (tangents: readonly Tensor[]) => Mismatch | null,
): void => {
  const only = (leaf: number, v: Tensor): readonly Tensor[] => f.leaves.map((x, i) => (i === leaf ? v : uniform(0, x)))
  for (const [leaf, x] of f.leaves.entries()) {
    const along = compare(only(leaf, tangents[leaf] as Tensor))
    if (along === null) continue
    const facts = { mode, order: f.order, argument: f.names[leaf] as string }
    for (let element = 0; element < x.size; element++) {
      const there = compare(only(leaf, unitVector(x, element)))
      if (there !== null) throw new GradientError({ ...facts, index: positionOf(element, x.shape), ...there })
    }
    throw new GradientError({ ...facts, index: null, ...along })
  }
}
