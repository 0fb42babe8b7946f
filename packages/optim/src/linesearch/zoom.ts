/** The zoom line search along one direction: a `whileLoop` over scalars that tries one step a turn. */
import { np, type Tensor, whileLoop } from '@puregrad/core'
import { increment, noSteps } from '../moments.js'
import { whereTree } from '../trees.js'
import { minimumOfCubic, minimumOfParabola, type Place } from './interpolation.js'

export interface ZoomOptions {
  /** The longest step: without end unless said. */
  readonly maxLearningRate?: number
  /** By how much both conditions may be missed: 0 unless said. */
  readonly tol?: number
  /** By what the step grows until a minimum is enclosed: 2 unless said. */
  readonly increaseFactor?: number
  /** The part c₁ of the decrease foretold by the slope which has to come: 1e-4 unless said. */
  readonly slopeRtol?: number
  /** The part c₂ of the slope which may be left: 0.9 unless said. */
  readonly curvRtol?: number
  /** How flat a function is, relative to its value, where slopes tell more than values do, or null: 1e-6 unless said. */
  readonly approxDecRtol?: number | null
  /** Shorter intervals are not divided: 1e-5 unless said. */
  readonly stepsizePrecision?: number
}

/** A function along a line: its value, its slope and its gradient as a vector. */
export interface Line {
  readonly value: Tensor
  readonly slope: Tensor
  readonly grad: Tensor
}

/** The step that was found, what the function is there, and by how much the conditions are missed. */
export interface Found {
  readonly step: Tensor
  readonly value: Tensor
  readonly grad: Tensor
  readonly count: Tensor
  readonly decreaseError: Tensor
  readonly curvatureError: Tensor
}

interface Tried extends Place {
  readonly grad: Tensor
}

interface Search {
  readonly count: Tensor
  readonly trial: Tried
  /** The ends of the interval that encloses a minimum: at `low` the function is lower. */
  readonly low: Place
  readonly high: Place
  /** An end that was left, for the cubic. */
  readonly left: Place
  /** The best step of sufficient decrease, for want of one that is also flat enough. */
  readonly safe: Tried
  readonly decreaseError: Tensor
  readonly curvatureError: Tensor
  readonly enclosed: Tensor
  readonly done: Tensor
  readonly failed: Tensor
}

const and = (...all: readonly [Tensor, ...Tensor[]]): Tensor => all.reduce((a, b) => np.logicalAnd(a, b))
const or = (...all: readonly [Tensor, ...Tensor[]]): Tensor => all.reduce((a, b) => np.logicalOr(a, b))
const not = (x: Tensor): Tensor => np.logicalNot(x)
const pick = <T extends Place>(condition: Tensor, yes: T, no: T): T => whereTree(condition, yes, no)
const placeOf = ({ step, value, slope }: Place): Place => ({ step, value, slope })

/** What is above 0 of an error; infinite where it is no number, as outside of the function's domain. */
const errorOf = (x: Tensor): Tensor => np.where(np.isnan(x), Number.POSITIVE_INFINITY, np.maximum(x, 0))

/** By how much a trial misses the two conditions of Wolfe, the first also in the form of Hager & Zhang 2006. */
const errorsOf = ({ step, value, slope }: Place, start: Line, options: Required<ZoomOptions>): readonly Tensor[] => {
  const { slopeRtol, curvRtol, approxDecRtol } = options
  const armijo = value.sub(start.value).sub(start.slope.mul(step).mul(slopeRtol))
  const flat = (rtol: number): Tensor =>
    np.maximum(slope.sub(start.slope.mul(2 * slopeRtol - 1)), value.sub(start.value).sub(np.abs(start.value).mul(rtol)))
  const decrease = approxDecRtol === null ? armijo : np.minimum(flat(approxDecRtol), armijo)
  return [errorOf(decrease), errorOf(np.abs(slope).sub(np.abs(start.slope).mul(curvRtol)))]
}

/** Between the ends of the interval: where a cubic is least, or a parabola, if that is well inside; else the middle. */
const between = ({ low, high, left }: Search): Tensor => {
  const [least, most] = [np.minimum(low.step, high.step), np.maximum(low.step, high.step)]
  const inside = (x: Tensor, margin: number): Tensor => {
    const border = most.sub(least).mul(margin)
    return and(x.gt(least.add(border)), x.lt(most.sub(border)))
  }
  const [cubic, parabola] = [minimumOfCubic(low, high, left), minimumOfParabola(low, high)]
  const middle = low.step.add(high.step).div(2)
  return np.where(inside(cubic, 0.2), cubic, np.where(inside(parabola, 0.1), parabola, middle))
}

/**
 * A step that fulfils the strong Wolfe conditions: longer and longer steps until two enclose a minimum, then shorter and shorter
 * intervals. If there is none within `maxSteps`, the best with sufficient decrease, or no step where the function is not finite.
 * Nocedal & Wright 2006, Algorithms 3.5 and 3.6.
 * @param line the function at a step, of which `start` is step 0
 */
export const zoom = (
  line: (step: Tensor) => Line,
  start: Line,
  guess: Tensor,
  maxSteps: number,
  given: ZoomOptions,
): Found => {
  const options: Required<ZoomOptions> = {
    maxLearningRate: Number.POSITIVE_INFINITY,
    tol: 0,
    increaseFactor: 2,
    slopeRtol: 1e-4,
    curvRtol: 0.9,
    approxDecRtol: 1e-6,
    stepsizePrecision: 1e-5,
    ...given,
  }
  const { tol, maxLearningRate, increaseFactor, stepsizePrecision } = options
  const next = (s: Search): Search => {
    const first = s.count.eq(0)
    const longer = np.where(first, guess, s.trial.step.mul(increaseFactor))
    const longest = longer.ge(maxLearningRate)
    const step = np.where(s.enclosed, between(s), np.minimum(longer, maxLearningRate))
    const trial: Tried = { step, ...line(step) }
    const [decreaseError, curvatureError] = errorsOf(trial, start, options) as readonly [Tensor, Tensor]
    const good = np.maximum(decreaseError, curvatureError).le(tol)
    const [here, before] = [placeOf(trial), placeOf(s.trial)]

    const above = or(decreaseError.gt(0), and(here.value.ge(before.value), not(first)))
    const rising = and(here.slope.ge(0), not(above))
    const enclosing = or(above, rising, good)

    const higher = or(decreaseError.gt(0), here.value.ge(s.low.value))
    const beyond = and(here.slope.mul(s.high.step.sub(s.low.step)).ge(0), not(higher))

    const low = pick(s.enclosed, pick(higher, s.low, here), pick(rising, here, before))
    const highInside = pick(higher, here, pick(beyond, s.low, s.high))
    const high = pick(s.enclosed, highInside, pick(rising, before, here))
    const left = pick(s.enclosed, pick(or(higher, beyond), s.high, s.low), low)

    const safer = and(decreaseError.le(tol), or(not(s.enclosed), here.value.lt(s.safe.value)))
    const safe = pick(safer, trial, s.safe)
    const count = increment(s.count)
    const narrow = np.abs(s.high.step.sub(s.low.step)).le(stepsizePrecision)
    const done = or(good, and(not(s.enclosed), longest, not(enclosing)))
    const stuck = or(count.ge(maxSteps), and(s.enclosed, narrow, safe.step.gt(0)))
    const failed = and(stuck, not(done))
    const enclosed = or(s.enclosed, enclosing)
    return { count, trial, low, high, left, safe, decreaseError, curvatureError, enclosed, done, failed }
  }
  const zero: Tried = { step: np.zerosLike(start.value), ...start }
  const [origin, no, infinite] = [placeOf(zero), np.array(false), np.fullLike(start.value, Number.POSITIVE_INFINITY)]
  const last = whileLoop<Search>(({ done, failed }) => not(or(done, failed)), next, {
    count: noSteps(),
    trial: zero,
    low: origin,
    high: origin,
    left: origin,
    safe: zero,
    decreaseError: infinite,
    curvatureError: infinite,
    enclosed: no,
    done: no,
    failed: no,
  })
  const retreats = and(last.failed, or(last.safe.step.gt(0), np.isinf(last.decreaseError)))
  const { step, value, grad } = pick(retreats, last.safe, last.trial)
  const { count, decreaseError, curvatureError } = last
  return { step, value, grad, count, decreaseError, curvatureError }
}
