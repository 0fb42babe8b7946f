/** Numbers of events: Poisson, binomial and multinomial samples. */

import { allocate, type DType, isFloat, isInteger } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { integerLimits } from '../numpy/storage.js'
import { operation } from '../operation.js'
import { abs, add, div, mul, neg, sub } from '../primitives/arithmetic.js'
import { eq, ge, gt, le, lt, ne } from '../primitives/compare.js'
import { convertElementType } from '../primitives/convert.js'
import { cumsum } from '../primitives/cumulative.js'
import { log, log1p, sqrt } from '../primitives/exponential.js'
import { gatherSlices } from '../primitives/gather.js'
import { and, not, or } from '../primitives/logical.js'
import { reduceOr } from '../primitives/reduction.js'
import { ceil, floor, isFinite } from '../primitives/rounding.js'
import { clamp, select } from '../primitives/select.js'
import { broadcastTo, reshape, transpose } from '../primitives/shape.js'
import { lgamma } from '../primitives/special.js'
import { range, type Shape } from '../shape.js'
import { ConcreteTensor, uniform as constant, type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { scan } from '../transforms/scan.js'
import { whileLoop } from '../transforms/while.js'
import { type FloatDType, type FloatOptions, floatDType, parameterLike, sampleShape } from './arguments.js'
import type { IntegerOptions } from './discrete.js'
import { checkKey, type Key, keys, pair, split } from './key.js'
import { unitInterval } from './uniform.js'

const any = (mask: Tensor): Tensor => reduceOr(mask, range(mask.ndim))

/** Knuth's method for small rates: how many uniform factors keep the product above exp(−λ). */
const poissonByProducts = (key: Key, rate: Tensor): Tensor => {
  const least = neg(rate)
  const [count] = whileLoop(
    ([, , logProduct]: readonly [Tensor, Key, Tensor]) => any(gt(logProduct, least)),
    ([count, state, logProduct]) => {
      const [next, now] = pair(state)
      const u = unitInterval(now, rate.sizes, 'float32')
      return [select(gt(logProduct, least), add(count, 1), count), next, add(logProduct, log(u))] as const
    },
    [constant(0, { shape: rate.sizes, dtype: 'int32', weakType: false }) as Tensor, key, mul(0, rate)] as const,
  )
  return sub(count, 1)
}

/** Hörmann's transformed rejection (1993), "The transformed rejection method for generating Poisson random variables", PTRS. */
const poissonByRejection = (key: Key, rate: Tensor): Tensor => {
  const { sizes: shape } = rate
  const logRate = log(rate)
  const b = add(mul(sqrt(rate), 2.53), 0.931)
  const a = add(mul(b, 0.02483), -0.059)
  const inverseAlpha = add(div(1.1328, sub(b, 3.4)), 1.1239)
  const threshold = sub(0.9277, div(3.6224, sub(b, 2)))
  const [count] = whileLoop(
    ([, accepted]: readonly [Tensor, Tensor, Key]) => any(not(accepted)),
    ([count, accepted, state]) => {
      const [next, uKey, vKey] = keys(state, 3) as [Key, Key, Key]
      const u = sub(unitInterval(uKey, shape, 'float32'), 0.5)
      const v = unitInterval(vKey, shape, 'float32')
      const us = sub(0.5, abs(u))
      const k = floor(add(add(mul(add(div(mul(a, 2), us), b), u), rate), 0.43))
      const s = log(div(mul(v, inverseAlpha), add(div(a, mul(us, us)), b)))
      const t = sub(add(neg(rate), mul(k, logRate)), lgamma(add(k, 1)))
      const squeezed = and(ge(us, 0.07), le(v, threshold))
      const outside = or(lt(k, 0), and(lt(us, 0.013), gt(v, us)))
      const accept = or(squeezed, and(not(outside), le(s, t)))
      return [select(accept, k, count), or(accepted, accept), next] as const
    },
    [sub(mul(0, rate), 1), constant(0, { shape, dtype: 'bool', weakType: false }) as Tensor, key] as const,
  )
  return convertElementType(count, 'int32')
}

/**
 * Poisson samples: counts of events that come at rate `lam`. Where lam is negative or NaN the result is −1, where it is ∞ the dtype's largest.
 * @param lam broadcasts to the shape
 * @throws DTypeError if the dtype is no integer, ShapeError
 * @example random.poisson(random.key(0), 4, [3]).shape // [3]
 */
export const poisson = operation(
  'random.poisson',
  { at: 3, names: ['dtype'] },
  (key: Key, lam: TensorLike, shape?: Shape | null, { dtype = 'int32' }: IntegerOptions = {}): Tensor => {
    checkKey('random.poisson', key)
    if (!isInteger(dtype))
      throw new DTypeError(
        `random.poisson: counts are integers, not ${dtype}. Convert the samples with x.astype('${dtype}').`,
      )
    const rate = parameterLike(lam, 'float32', sampleShape('random.poisson', shape, lam))
    const small = or(ne(rate, rate), lt(rate, 10))
    const infinite = eq(rate, Number.POSITIVE_INFINITY)
    const counts = select(
      small,
      poissonByProducts(key, select(small, rate, 0)),
      poissonByRejection(key, select(or(small, infinite), 1e5, rate)),
    )
    const [, most] = integerLimits[dtype] as readonly [number, number]
    return select(infinite, most, convertElementType(select(eq(rate, 0), 0, counts), dtype))
  },
)

/** Sums of geometric waiting times until they pass the number of trials; for few expected successes. */
const binomialByWaiting = (key: Key, count: Tensor, p: Tensor, dtype: FloatDType): Tensor => {
  const logFailure = log1p(neg(p))
  const zeros = constant(0, p) as Tensor
  const [successes] = whileLoop(
    ([, waited]: readonly [Tensor, Tensor, Key]) => any(le(waited, count)),
    ([successes, waited, state]) => {
      const [now, next] = pair(state)
      const wait = ceil(div(log(unitInterval(now, p.sizes, dtype)), logFailure))
      return [select(le(waited, count), add(successes, 1), successes), add(waited, wait), next] as const
    },
    [zeros, zeros, key] as const,
  )
  return sub(successes, 1)
}

/** log k! − (log √2π + (k + ½) log(k + 1) − (k + 1)) for k = 0 … 9 (Hörmann 1993, table 1). */
const stirlingTail = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
  0.0138761288230707, 0.0118967099458917, 0.010411265261972, 0.00925546218271273, 0.00833056343336287,
]

const stirling = (k: Tensor): Tensor => {
  const table = allocate(k.dtype, 10)
  table.set(stirlingTail)
  const next = add(k, 1)
  const squared = mul(next, next)
  const series = div(sub(1 / 12, div(sub(1 / 360, div(1 / 1260, squared)), squared)), next)
  const index = convertElementType(floor(clamp(0, k, 9)), 'int32')
  const spec = { sliceSizes: [1], collapsed: [0], startIndexMap: [0], mode: 'clip' } as const
  return select(
    le(k, 9),
    gatherSlices(new ConcreteTensor([10], k.dtype, table), reshape(index, [...k.sizes, 1]), spec),
    series,
  )
}

/** Hörmann 1993, "The generation of binomial random variates", algorithm BTRS. */
const binomialByRejection = (key: Key, n: Tensor, p: Tensor, dtype: FloatDType): Tensor => {
  const deviation = sqrt(mul(mul(n, p), sub(1, p)))
  const b = add(mul(deviation, 2.53), 1.15)
  const a = add(add(mul(b, 0.0248), -0.0873), mul(p, 0.01))
  const c = add(mul(n, p), 0.5)
  const threshold = sub(0.92, div(4.2, b))
  const odds = div(p, sub(1, p))
  const alpha = mul(add(div(5.1, b), 2.83), deviation)
  const mode = floor(mul(add(n, 1), p))
  const afterMode = add(sub(n, mode), 1)
  const [count] = whileLoop(
    ([, accepted]: readonly [Tensor, Tensor, Key]) => any(not(accepted)),
    ([count, accepted, state]) => {
      const [next, uKey, vKey] = keys(state, 3) as [Key, Key, Key]
      const u = sub(unitInterval(uKey, p.sizes, dtype), 0.5)
      const v = unitInterval(vKey, p.sizes, dtype)
      const us = sub(0.5, abs(u))
      const k = floor(add(mul(add(div(mul(a, 2), us), b), u), c))
      const outside = or(lt(k, 0), gt(k, n))
      const afterK = add(sub(n, k), 1)
      const terms = [
        mul(add(mode, 0.5), log(div(add(mode, 1), mul(odds, afterMode)))),
        mul(add(n, 1), log(div(afterMode, afterK))),
        mul(add(k, 0.5), log(div(mul(odds, afterK), add(k, 1)))),
        stirling(mode),
        stirling(sub(n, mode)),
        neg(stirling(k)),
        neg(stirling(sub(n, k))),
      ]
      const bound = terms.reduce((sum, term) => add(sum, term))
      const height = log(div(mul(v, alpha), add(div(a, mul(us, us)), b)))
      const accept = or(and(ge(us, 0.07), le(v, threshold)), and(not(outside), le(height, bound)))
      return [select(accept, k, count), or(accepted, accept), next] as const
    },
    [
      constant(-1, p) as Tensor,
      constant(0, { shape: p.sizes, dtype: 'bool', weakType: false }) as Tensor,
      key,
    ] as const,
  )
  return count
}

const binomialSamples = (key: Key, trials: Tensor, p: Tensor, dtype: FloatDType): Tensor => {
  const rare = lt(p, 0.5)
  const q = select(rare, p, sub(1, p))
  const noTrials = or(ne(trials, trials), lt(trials, 0))
  const unlimited = and(not(isFinite(trials)), eq(trials, trials))
  const noChance = ne(q, q)
  const negative = lt(q, 0)
  const chance = select(or(noChance, negative), 0.01, q)
  const waits = or(noTrials, le(mul(trials, chance), 10))
  const n = floor(trials)
  const waited = binomialByWaiting(key, select(waits, n, 0), chance, dtype)
  // No proposal is ever accepted of infinitely many trials.
  const elsewhere = or(waits, unlimited)
  const rejected = binomialByRejection(key, select(elsewhere, 1e4, n), select(elsewhere, 0.5, chance), dtype)
  const invalid = or(or(negative, noChance), noTrials)
  const counts = select(invalid, Number.NaN, select(waits, waited, rejected))
  const limited = select(and(unlimited, not(invalid)), Number.POSITIVE_INFINITY, counts)
  return select(or(or(rare, noTrials), or(noChance, unlimited)), limited, sub(n, limited))
}

/**
 * Binomial samples: how many of n trials succeed, each with probability p. NaN where n is negative or p outside [0, 1].
 * @param n @param p broadcast to the shape
 * @returns whole numbers as floats, as in JAX
 * @throws DTypeError, ShapeError
 * @example random.binomial(random.key(0), 10, 0.5, [3]).shape // [3]
 */
export const binomial = operation(
  'random.binomial',
  { at: 4, names: ['dtype'] },
  (key: Key, n: TensorLike, p: TensorLike, shape?: Shape | null, options: FloatOptions = {}): Tensor => {
    checkKey('random.binomial', key)
    const dtype = floatDType('random.binomial', options.dtype)
    const size = sampleShape('random.binomial', shape, n, p)
    const given = toTensor(p).dtype
    const own: FloatDType = isFloat(given) ? (given as FloatDType) : 'float32'
    return convertElementType(
      binomialSamples(key, parameterLike(n, own, size), parameterLike(p, own, size), own),
      dtype,
    )
  },
)

export interface MultinomialOptions {
  /** The shape of the counts, categories last; that of p unless said. */
  readonly shape?: Shape
  /** The dtype of the probabilities unless said. */
  readonly dtype?: DType
}

/**
 * Multinomial samples: how n trials fall into categories of these probabilities.
 * @param n broadcasts to the shape without its last axis  @param p [..., k], relative probabilities
 * @returns whole numbers as floats, as in JAX
 * @throws DTypeError, ShapeError if p has no axis for the categories
 * @example random.multinomial(random.key(0), 5, np.array([1, 0])).toArray() // [5, 0]
 */
export const multinomial = operation(
  'random.multinomial',
  { at: 3, names: ['shape', 'dtype'] },
  (key: Key, n: TensorLike, p: Tensor, { shape = p.sizes, dtype }: MultinomialOptions = {}): Tensor => {
    checkKey('random.multinomial', key)
    const own: FloatDType = p.dtype === 'float64' ? 'float64' : 'float32'
    if (p.ndim === 0) throw new ShapeError('random.multinomial: p is a scalar; it needs an axis for the categories.')
    sampleShape('random.multinomial', shape, p)
    const lead = shape.slice(0, -1)
    sampleShape('random.multinomial', lead, n)
    const k = shape[shape.length - 1] as number
    const probabilities = transpose(parameterLike(p, own, shape), [lead.length, ...range(lead.length)])
    const remaining = cumsum(probabilities, { axis: 0, reverse: true })
    const ratios = div(probabilities, select(eq(remaining, 0), 1, remaining))
    const [, counts] = scan(
      (left: Tensor, [ratio, step]: readonly [Tensor, Key]) => {
        const count = binomialSamples(step, left, clamp(0, ratio, 1), own)
        return [sub(left, count), count] as const
      },
      broadcastTo(parameterLike(n, own, lead), lead),
      [ratios, split(key, k)] as const,
    )
    return convertElementType(transpose(counts, [...range(lead.length, 1), 0]), dtype ?? own)
  },
)
