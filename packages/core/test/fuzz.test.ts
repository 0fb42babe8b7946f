/**
 * Compiled and interpreted programs have the same bits: thousands of programs made at random, of all dtypes, shapes, views,
 * transforms and loops. PUREGRAD_FUZZ=100000 runs so many.
 */
import {
  cond,
  type DType,
  grad,
  jit,
  jvp,
  lax,
  map,
  np,
  PuregradError,
  scan,
  switchCase,
  type Tensor,
  vmap,
  whileLoop,
} from '@puregrad/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'

const programs = Number(process.env.PUREGRAD_FUZZ ?? 10_000)

type Operation = (a: Tensor, b: Tensor, n: number) => Tensor

const axisOf = (a: Tensor, n: number): number => n % Math.max(a.ndim, 1)
const isFloat = (a: Tensor): boolean => a.dtype === 'float32' || a.dtype === 'float64'
const float = (a: Tensor): Tensor => (isFloat(a) ? a : a.astype('float32'))
const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'uint32', 'uint8', 'bool']
const axisFirst = (a: Tensor): Tensor => (a.ndim === 0 ? a.reshape([1]) : a)

/** Operations on whatever they are given; those that do not fit throw, and are left out. */
const operations: Readonly<Record<string, Operation>> = {
  add: (a, b) => np.add(a, b),
  subtract: (a, b) => np.subtract(a, b),
  multiply: (a, b) => np.multiply(a, b),
  divide: (a, b) => np.divide(a, b),
  floorDivide: (a, b) => np.floorDivide(a, b),
  remainder: (a, b) => np.remainder(a, b),
  power: (a, b) => np.power(float(a), float(b)),
  maximum: (a, b) => np.maximum(a, b),
  minimum: (a, b) => np.minimum(a, b),
  arctan2: (a, b) => np.arctan2(float(a), float(b)),
  less: (a, b) => np.less(a, b),
  equal: (a, b) => np.equal(a, b),
  where: (a, b) => np.where(a.gt(0), a, b),
  bitwiseAnd: (a, b) => np.bitwiseAnd(a.astype('int32'), b.astype('int32')),
  leftShift: (a, _, n) => np.leftShift(a.astype('int32'), np.array(n % 32, { dtype: 'int32' })),
  negative: (a) => np.negative(a),
  absolute: (a) => np.abs(a),
  sign: (a) => np.sign(a),
  exp: (a) => np.exp(float(a)),
  log: (a) => np.log(float(a)),
  tanh: (a) => np.tanh(float(a)),
  logistic: (a) => lax.logistic(float(a)),
  sin: (a) => np.sin(float(a)),
  erf: (a) => lax.erf(float(a)),
  rsqrt: (a) => lax.rsqrt(float(a)),
  floor: (a) => np.floor(float(a)),
  logicalNot: (a) => np.logicalNot(a),
  convert: (a, _, n) => a.astype(dtypes[n % dtypes.length] as DType),
  transpose: (a) => a.T,
  swap: (a, _, n) => np.moveaxis(a, axisOf(a, n), 0),
  flat: (a) => a.reshape([-1]),
  unflat: (a, _, n) => a.reshape([(n % 3) + 1, -1]),
  expand: (a, _, n) => np.expandDims(a, n % (a.ndim + 1)),
  squeeze: (a) => np.squeeze(a),
  broadcast: (a, _, n) => np.broadcastTo(a, [(n % 3) + 1, ...a.shape]),
  flip: (a, _, n) => np.flip(a, { axis: axisOf(a, n) }),
  slice: (a, _, n) => a.slice({ start: n % 2, step: (n % 3) + 1 }),
  last: (a) => a.slice(-1),
  pad: (a, _, n) => np.pad(a, n % 3),
  concatenate: (a, b, n) => np.concatenate([a, b], { axis: axisOf(a, n) }),
  stack: (a, b) => np.stack([a, b]),
  tile: (a) => np.tile(a, 2),
  take: (a, b, n) => np.take(a, b.astype('int32'), { axis: axisOf(a, n), mode: 'clip' }),
  set: (a, b, n) => a.at(n % Math.max(a.shape[0] ?? 1, 1)).set(b.sum()),
  addAt: (a, b) => a.at(np.array([0, 0])).add(b.sum()),
  dynamic: (a, b) => lax.dynamicSliceInDim(a, b.sum().astype('int32'), 1, 0),
  sum: (a, _, n) => a.sum({ axis: axisOf(a, n), keepdims: n % 2 === 0 }),
  total: (a) => a.sum(),
  mean: (a) => a.mean(),
  max: (a, _, n) => a.max({ axis: axisOf(a, n) }),
  argmax: (a, _, n) => np.argmax(a, { axis: axisOf(a, n) }),
  cumsum: (a, _, n) => np.cumsum(a, { axis: axisOf(a, n) }),
  sort: (a, _, n) => np.sort(a, { axis: axisOf(a, n) }),
  softmax: (a, _, n) => lax.softmax(float(a), axisOf(a, n)),
  logsumexp: (a, _, n) => lax.logsumexp(float(a), axisOf(a, n)),
  matmul: (a, b) => np.matmul(a, b),
  outer: (a, b) => np.outer(a, b).slice({ stop: 4 }, { stop: 4 }),
  inner: (a) => np.matmul(a, a.T),
  scan: (a, b) =>
    scan(
      (c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [c.mul(0.5).add(e.sum()), c.sub(e)],
      b.sum().astype(float(a).dtype),
      float(axisFirst(a)),
    )[1],
  reverse: (a) =>
    scan((c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [e, c], axisFirst(a).slice(0), axisFirst(a), {
      reverse: true,
    })[1],
  invariant: (a, b) =>
    scan(
      (c: Tensor): readonly [Tensor, null] => [c.mul(np.tanh(float(b)).sum().astype(c.dtype)), null],
      float(a),
      null,
      { length: 3 },
    )[0],
  while: (a) =>
    whileLoop(
      (c: Tensor) => np.abs(c).sum().gt(1),
      (c: Tensor) => c.mul(0.25),
      np.clip(float(a), -9, 9),
    ),
  map: (a) => map((e: Tensor) => e.mul(2), axisFirst(a)),
  cond: (a, b) =>
    cond(
      b.sum().gt(0),
      (c: Tensor) => np.exp(c),
      (c: Tensor) => c.neg(),
      float(a),
    ),
  switch: (a, _, n) => switchCase(n % 3, [(c: Tensor) => c, (c: Tensor) => c.add(c), (c: Tensor) => c.mul(c)], a),
  nested: (a, b) => jit((c: Tensor, d: Tensor) => c.add(d).mul(d))(a, b),
  vmap: (a) => vmap((c: Tensor) => np.tanh(float(c)).sum())(axisFirst(a)),
  grad: (a, b) => grad((c: Tensor) => np.sin(c).mul(float(b).astype(c.dtype).sum()).sum())(float(a)),
  jvp: (a) => jvp((c: Tensor) => np.tanh(c).mul(c), [float(a)], [np.onesLike(float(a))])[1],
}

interface Recipe {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly dtype: DType; readonly seed: number }[]
  readonly steps: readonly { readonly operation: string; readonly a: number; readonly b: number; readonly n: number }[]
}

const recipes: fc.Arbitrary<Recipe> = fc.record({
  inputs: fc.array(
    fc.record({
      shape: fc.array(fc.nat(5), { maxLength: 3 }),
      dtype: fc.constantFrom<DType>('float32', 'float32', 'float32', 'float64', 'int32', 'uint8', 'bool'),
      seed: fc.nat(1000),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  steps: fc.array(
    fc.record({
      operation: fc.constantFrom(...Object.keys(operations)),
      a: fc.nat(99),
      b: fc.nat(99),
      n: fc.nat(99),
    }),
    { minLength: 1, maxLength: 6 },
  ),
})

const specials = [0, -0, 1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 3.7, -2.25, 1e-40, 1e30]

const inputOf = ({ shape, dtype, seed }: Recipe['inputs'][number]): Tensor => {
  const size = shape.reduce((n, m) => n * m, 1)
  const whole = dtype !== 'float32' && dtype !== 'float64'
  const values = Array.from({ length: size }, (_, i) => {
    const wild = (seed * 31 + i * 17) % 23
    if (!whole && wild < specials.length) return specials[wild] as number
    const value = Math.sin(seed + i * 1.7) * 4
    return whole ? Math.floor(Math.abs(value)) : value
  })
  return np.array(values, { dtype: 'float64' }).astype(dtype).reshape(shape)
}

const fitting = (f: () => Tensor): Tensor | null => {
  try {
    const result = f()
    return result.size <= 2000 ? result : null
  } catch (error) {
    if (error instanceof PuregradError) return null
    throw error
  }
}

/** All that the steps compute, in order; a step takes what the ones before it left. */
const run = (steps: Recipe['steps'], inputs: readonly Tensor[]): readonly Tensor[] => {
  const all = [...inputs]
  for (const { operation, a, b, n } of steps) {
    const f = operations[operation] as Operation
    const result = fitting(() => f(all[a % all.length] as Tensor, all[b % all.length] as Tensor, n))
    if (result !== null) all.push(result)
  }
  return all.slice(inputs.length)
}

const show = (x: Tensor): string =>
  `${x.dtype}[${x.shape}] ${Array.from(x.data(), (v) => (Object.is(v, -0) ? '-0' : String(v))).join()}`

it(`${programs} random programs give the bits that they give step by step`, () => {
  let computed = 0
  fc.assert(
    fc.property(recipes, ({ inputs, steps }) => {
      const values = inputs.map(inputOf)
      const eager = run(steps, values).map(show)
      computed += eager.length
      const compiled = jit((...args: Tensor[]) => run(steps, args) as Tensor[])(...values).map(show)
      expect(compiled).toEqual(eager)
    }),
    { numRuns: programs },
  )
  // Most steps fit what they are given.
  expect(computed).toBeGreaterThan(2 * programs)
}, 3_600_000)
