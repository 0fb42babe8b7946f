/** Gamma samples, by Marsaglia and Tsang's rejection (2000), "A simple method for generating gamma variables". */
import { operation } from '../operation.js'
import { add, div, mul, neg, sub } from '../primitives/arithmetic.js'
import { eq, ge, gt, le } from '../primitives/compare.js'
import { convertElementType } from '../primitives/convert.js'
import { exp, log, pow, sqrt } from '../primitives/exponential.js'
import { and, or } from '../primitives/logical.js'
import { reduceOr } from '../primitives/reduction.js'
import { isFinite } from '../primitives/rounding.js'
import { select } from '../primitives/select.js'
import { broadcastInDim, broadcastTo, reshape } from '../primitives/shape.js'
import { digamma } from '../primitives/special.js'
import { threefry } from '../primitives/threefry.js'
import type { Shape } from '../shape.js'
import { uniform as constant, scalar, type Tensor, type TensorLike } from '../tensor.js'
import { customJvp } from '../transforms/custom-jvp.js'
import { whileLoop } from '../transforms/while.js'
import { type FloatDType, type FloatOptions, floatDType, limits, parameterLike, sampleShape } from './arguments.js'
import { standardExponential } from './continuous.js'
import { checkKey, type Key, keys, pair } from './key.js'
import { gaussian } from './normal.js'
import { unitInterval } from './uniform.js'

const any = (mask: Tensor): Tensor => reduceOr(mask, [0])

/** Keys where the mask is true are replaced. */
const selectKeys = (mask: Tensor, onTrue: Key, onFalse: Key): Key =>
  select(broadcastInDim(mask, onTrue.sizes, [0]), onTrue, onFalse)

/** For every key a normal x with v = 1 + c x > 0. Lanes that have one wait for the others. */
const proposals = (start: Key, c: Tensor, dtype: FloatDType): readonly [Tensor, Tensor] => {
  const zeros = mul(c, 0)
  const [, x, v] = whileLoop(
    ([, , v]: readonly [Key, Tensor, Tensor]) => any(le(v, 0)),
    ([state, x, v]) => {
      const open = le(v, 0)
      const [next, now] = pair(state)
      const drawn = gaussian(now, [], dtype)
      return [selectKeys(open, next, state), select(open, drawn, x), select(open, add(mul(drawn, c), 1), v)] as const
    },
    [start, zeros, sub(zeros, 1)] as const,
  )
  return [x, v]
}

/** Accepted proposals for n keys and shapes `a`: samples are d · v³, of shapes below 1 times a boost from keys of its own. */
const proposed = (lanes: Key, a: Tensor, dtype: FloatDType) => {
  const plain = ge(a, 1)
  const d = sub(select(plain, a, add(a, 1)), 1 / 3)
  const c = div(1 / 3, sqrt(d))
  const rejected = (x2: Tensor, v3: Tensor, u: Tensor): Tensor =>
    and(ge(u, sub(1, mul(mul(x2, x2), 0.0331))), ge(log(u), add(mul(x2, 0.5), mul(d, add(sub(1, v3), log(v3))))))
  const [loopKeys, boostKeys] = pair(lanes)
  const zeros = mul(a, 0)
  const [, , v3] = whileLoop(
    ([, x2, v3, u]: readonly [Key, Tensor, Tensor, Tensor]) => any(rejected(x2, v3, u)),
    ([state, x2, v3, u]) => {
      const open = rejected(x2, v3, u)
      const [next, xKeys, uKeys] = keys(state, 3) as [Key, Key, Key]
      const [x, v] = proposals(xKeys, c, dtype)
      const update = (fresh: Tensor, old: Tensor): Tensor => select(open, fresh, old)
      return [
        selectKeys(open, next, state),
        update(mul(x, x), x2),
        update(mul(mul(v, v), v), v3),
        update(unitInterval(uKeys, [], dtype), u),
      ] as const
    },
    [loopKeys, zeros, add(zeros, 1), add(zeros, 2)] as const,
  )
  return { plain, d, v3, boostKeys }
}

/** Logarithms of samples. Shapes below 1 are drawn one larger and multiplied by u^(1/a). */
const logLanes = (lanes: Key, a: Tensor, dtype: FloatDType): Tensor => {
  const { plain, d, v3, boostKeys } = proposed(lanes, a, dtype)
  const logU = neg(standardExponential(boostKeys, [], dtype))
  const boost = select(or(plain, eq(logU, 0)), 0, mul(logU, div(1, a)))
  return add(add(log(d), log(v3)), boost)
}

/** Samples and their logarithms, which are finite where samples round to 0. They are other draws than `logLanes`, as in JAX. */
const plainLanes = (lanes: Key, a: Tensor, dtype: FloatDType): readonly [Tensor, Tensor] => {
  const { plain, d, v3, boostKeys } = proposed(lanes, a, dtype)
  const u = sub(1, unitInterval(boostKeys, [], dtype))
  const sample = mul(mul(d, v3), select(plain, 1, pow(u, div(1, a))))
  const isNormal = ge(sample, limits[dtype].tiny)
  const exact = add(add(log(d), log(v3)), select(plain, 0, mul(log(u), div(1, a))))
  return [sample, select(isNormal, log(select(isNormal, sample, 1)), exact)]
}

const negligible = 2 ** -54

/**
 * ∂ log x / ∂a of a gamma sample x with its place in the distribution held fixed: −∂P/∂a over x times the density, from the
 * series P(a, x) = xᵃ e⁻ˣ / Γ(a+1) Σ xⁿ / ((a+1) … (a+n)) (DLMF 8.7.1). Summed in float64, as its terms cancel in the tail.
 */
const logSlope = (a: Tensor, logX: Tensor): Tensor => {
  const [shape, logSample] = [a, logX].map((t) => convertElementType(t, 'float64')) as [Tensor, Tensor]
  const x = exp(logSample)
  const one = add(mul(shape, 0), 1)
  const zero = mul(shape, 0)
  const [, , , sum, slope] = whileLoop(
    ([n, term, , sum]: readonly [Tensor, Tensor, Tensor, Tensor, Tensor]) =>
      any(or(gt(term, mul(sum, negligible)), and(isFinite(x), gt(x, add(shape, broadcastTo(n, shape.sizes)))))),
    ([n, term, termSlope, sum, slope]) => {
      const factor = add(shape, broadcastTo(n, shape.sizes))
      const next = div(mul(term, x), factor)
      const nextSlope = div(sub(mul(termSlope, x), next), factor)
      return [add(n, 1), next, nextSlope, add(sum, next), add(slope, nextSlope)] as const
    },
    [scalar(1, 'float64') as Tensor, one, zero, one, zero] as const,
  )
  const total = add(mul(sum, sub(logSample, digamma(add(shape, 1)))), slope)
  return convertElementType(div(neg(total), shape), a.dtype)
}

const logSamples = customJvp(
  (lanes: Key, a: Tensor): Tensor => logLanes(lanes, a, a.dtype as FloatDType),
  ([lanes, a], [, da]) => {
    const y = logLanes(lanes, a, a.dtype as FloatDType)
    return [y, mul(da, logSlope(a, y))]
  },
)

const plainSamples = customJvp(
  (lanes: Key, a: Tensor): readonly [Tensor, Tensor] => plainLanes(lanes, a, a.dtype as FloatDType),
  ([lanes, a], [, da]) => {
    const [y, logY] = plainLanes(lanes, a, a.dtype as FloatDType)
    const slope = logSlope(a, logY)
    return [
      [y, logY],
      [mul(da, mul(y, slope)), mul(da, slope)],
    ] as const
  },
)

const laneKeys = (key: Key, a: Tensor): Key => threefry(key, scalar(0, 'uint32'), [a.size], 'pair')

/** Logarithms of gamma samples of these shapes; arguments are already checked. */
export const logGammaSamples = (key: Key, a: Tensor): Tensor =>
  a.size === 0 ? constant(0, a) : reshape(logSamples(laneKeys(key, a), reshape(a, [a.size])), a.sizes)

/** Gamma samples of these shapes, and their logarithms, which are finite where samples round to 0. */
export const gammaSamples = (key: Key, a: Tensor): readonly [sample: Tensor, logSample: Tensor] => {
  if (a.size === 0) return [constant(0, a), constant(0, a)]
  const [sample, logSample] = plainSamples(laneKeys(key, a), reshape(a, [a.size]))
  return [reshape(sample, a.sizes), reshape(logSample, a.sizes)]
}

const sampler = (name: string, draw: (key: Key, a: Tensor) => Tensor) =>
  operation(
    name,
    { at: 3, names: ['dtype'] },
    (key: Key, a: TensorLike, shape?: Shape | null, options: FloatOptions = {}): Tensor => {
      checkKey(name, key)
      const dtype = floatDType(name, options.dtype)
      return draw(key, parameterLike(a, dtype, sampleShape(name, shape, a)))
    },
  )

/**
 * Gamma samples, with density xᵃ⁻¹ e⁻ˣ / Γ(a). They have a derivative with respect to a, of order 1 in reverse mode: the
 * sample moves as its place in the distribution stays (Figurnov et al. 2018, "Implicit reparameterization gradients").
 * @param a > 0, which broadcasts to the shape
 * @throws DTypeError, ShapeError; TransformError for derivatives of derivatives in reverse mode
 * @example random.gamma(random.key(0), 2, [3]).shape // [3]
 */
export const gamma = sampler('random.gamma', (key, a) => gammaSamples(key, a)[0])

/**
 * Logarithms of gamma samples, which stay finite where the samples of a small a would round to 0.
 * @param a > 0, which broadcasts to the shape
 * @throws DTypeError, ShapeError; TransformError for derivatives of derivatives in reverse mode
 * @example random.loggamma(random.key(0), 0.001, [3]).shape // [3]
 */
export const loggamma = sampler('random.loggamma', logGammaSamples)
