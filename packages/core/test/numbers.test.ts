/** A JavaScript number beside a tensor is the number itself in the dtype they promote to, never one rounded to float32 first. */
import { describe, expect, it } from 'vitest'
import {
  type DType,
  foriLoop,
  grad,
  jvp,
  lax,
  np,
  random,
  scan,
  Tensor,
  type TensorLike,
  vmap,
  whileLoop,
} from '../src/index.js'

/** Numbers that float32 does not hold, by the dtype that does. */
const exact = [
  ['float64', 0.1, 0.7],
  ['float64', 1 / 3, 2 / 3],
  ['int32', 16777217, 16777219],
  ['uint32', 4294967293, 4294967295],
  ['uint8', 199, 200],
] as const

type Operands = Readonly<Record<'s' | 'v' | 'm' | 'mask', Tensor>>

const operands = (dtype: DType, first: number): Operands => ({
  s: np.array(first, { dtype }),
  v: np.array([first, 1, 2], { dtype }),
  m: np.array(
    [
      [first, 1],
      [2, 5],
    ],
    { dtype },
  ),
  mask: np.array([true, false, true]),
})

/** What a function may take: numbers and tensors in any order, loose, in a list, or in nested lists. */
const forms: readonly ((o: Operands, n: TensorLike) => readonly unknown[])[] = [
  ({ v }, n) => [v, n],
  ({ v }, n) => [n, v],
  ({ s }, n) => [s, n],
  ({ v, mask }, n) => [mask, n, v],
  ({ v }, n) => [v, v, n],
  ({ v }, n) => [v, 1, n],
  ({ v }, n) => [n, n, v],
  ({ v, mask }, n) => [[mask], [v], { defaultValue: n }],
  ({ v, mask }, n) => [[mask], [n], { defaultValue: v }],
  ({ s }, n) => [[s, n]],
  ({ m }, n) => [[n, m], { axis: null }],
  ({ v }, n) => [[v, n]],
  ({ s }, n) => [[[s], [n]]],
]

const show = (result: unknown): unknown =>
  result instanceof Tensor
    ? [result.dtype, result.shape, [...result.data()]]
    : Array.isArray(result)
      ? result.map(show)
      : result

/** Functions that take numbers for counts, shapes or functions. */
const notOperands =
  /^(arange|bartlett|blackman|hamming|hanning|kaiser|.*Indices.*|.*[Ss]plit|unstack|broadcast.*|repeat|tile|resize|pad|diag.*|tri|tri[lu].*|eye|identity|vander|polyint|polyder|polyfit|rollaxis|expandDims|roll|delete|frombuffer|from.*|indices|.*space|full|zeros|ones|empty)$/

interface Found {
  readonly different: readonly string[]
  readonly compared: ReadonlySet<string>
}

const attempt = (f: () => unknown): string | null => {
  try {
    return JSON.stringify(show(f()))
  } catch {
    return null
  }
}

const compare = (space: Readonly<Record<string, unknown>>): Found => {
  const { stackTraceLimit } = Error
  // Most combinations throw; where is of no interest.
  Error.stackTraceLimit = 0
  const different: string[] = []
  const compared = new Set<string>()
  for (const [name, f] of Object.entries(space)) {
    if (typeof f !== 'function' || notOperands.test(name)) continue
    for (const [dtype, n, other] of exact.filter((_, i) => i === 0 || i === 2)) {
      const [here, elsewhere] = [operands(dtype, 3), operands(dtype, 4)]
      for (const form of forms) {
        const call = (o: Operands, value: TensorLike) => attempt(() => f(...form(o, value)))
        const [number, tensor] = [call(here, n), call(here, np.array(n, { dtype }))]
        // Only if the result depends on both are they operands of one operation.
        if (number === null || tensor === null) continue
        if (number === call(elsewhere, n) || number === call(here, other)) continue
        compared.add(name)
        if (number !== tensor) different.push(`${name}(${form}) of ${n}: ${number} and ${tensor}`)
      }
    }
  }
  Error.stackTraceLimit = stackTraceLimit
  return { different, compared }
}

describe('f(x, 0.1) is f(x, a tensor of 0.1)', () => {
  it('for every function of np that takes tensors and a number', () => {
    const { different, compared } = compare(np)
    expect(different).toEqual([])
    expect([...compared]).toEqual(
      expect.arrayContaining(
        'add select append insert hstack stack block concatenate array hypot put polymul union1d'.split(' '),
      ),
    )
    expect(compared.size).toBeGreaterThan(45)
  })
})

type Recipe = (o: Operands, n: TensorLike) => unknown

const at = (o: Operands) => o.v.at([1, 1])
/** More than any of the numbers, and less. */
const most = ({ v: { dtype } }: Operands) => np.full([3], dtype === 'float64' ? 9 : np.iinfo(dtype).max, { dtype })
const least = ({ v }: Operands) => np.zerosLike(v)
const position = np.array([[1]], { dtype: 'int32' })
const outside = np.array([7], { dtype: 'int32' })

/** Numbers in options, methods, lists and loops. */
const recipes: Readonly<Record<string, Recipe>> = {
  'at.set': (o, n) => o.v.at(1).set(n),
  'at.add': (o, n) => o.v.at({ stop: 2 }).add(n),
  'at.mul': (o, n) => at(o).mul(n),
  'at.min': (o, n) => most(o).at([1, 1]).min(n),
  'at.max': (o, n) => least(o).at([1, 1]).max(n),
  'at(mask).set': (o, n) => o.v.at(o.mask).set(n),
  put: (o, n) => np.put(o.v, [0, 2], n),
  putAlongAxis: (o, n) => np.putAlongAxis(o.m, position, n, 1),
  fillDiagonal: (o, n) => np.fillDiagonal(o.m, n),
  'pad with a constant': (o, n) => np.pad(o.v, 1, { constantValues: n }),
  'pad with two constants': (o, n) => np.pad(o.v, 1, { constantValues: [0, n] }),
  'pad with constants by axis': (o, n) =>
    np.pad(o.m, 1, {
      constantValues: [
        [n, 0],
        [0, n],
      ],
    }),
  'ediff1d before': (o, n) => np.ediff1d(o.v, { toBegin: n }),
  'ediff1d behind': (o, n) => np.ediff1d(o.v, { toEnd: n }),
  'diff before': (o, n) => np.diff(o.v, { prepend: n }),
  'diff behind': (o, n) => np.diff(o.v, { append: n }),
  'insert along an axis': (o, n) => np.insert(o.m, 1, n, { axis: 1 }),
  'sum from': (o, n) => np.sum(o.m, { initial: n }),
  'max from': (o, n) => np.max(least(o), { initial: n }),
  'stacked leaves': (o, n) => np.array([o.s, n]),
  fullLike: (o, n) => np.fullLike(o.v, n),
  full: (o, n) => np.full([2], n, { dtype: o.v.dtype }),
  'lax.full': (o, n) => lax.full([2], n, o.v.dtype),
  'lax.fullLike': (o, n) => lax.fullLike(o.v, n),
  'in a pipe': (o, n) => np.add(n)(o.v),
  'a method': (o, n) => [o.v.add(n), o.v.mul(n), o.v.lt(n), o.v.mod(n)],
}

/** Where only a number or a tensor of x's dtype is taken: the number is compared with the tensor. */
const strict: Readonly<Record<string, (o: Operands, n: number, t: Tensor) => readonly [unknown, unknown]>> = {
  'lax.add': (o, n, t) => [lax.add(o.v, n), lax.add(o.v, lax.broadcast(t, [3]))],
  'lax.clamp': (o, n, t) => [lax.clamp(0, o.v, n), lax.clamp(np.zerosLike(t), o.v, t)],
  'lax.select': (o, n, t) => [lax.select(o.mask, o.v, n), lax.select(o.mask, o.v, lax.broadcast(t, [3]))],
  'lax.pad': (o, n, t) => [lax.pad(o.v, n, [[1, 1, 1]]), lax.pad(o.v, t, [[1, 1, 1]])],
  'lax.reduce': (o, n, t) => [lax.reduce(o.m, n, lax.max, [0]), lax.reduce(o.m, t, lax.max, [0])],
  'take with a fill value': (o, n, t) => [np.take(o.v, outside, { fillValue: n }), np.reshape(t, [1])],
  'get with a fill value': (o, n, t) => [o.v.at(outside).get({ mode: 'fill', fillValue: n }), np.reshape(t, [1])],
  'extract with a fill value': (o, n, t) => [np.extract(o.mask, o.v, { size: 3, fillValue: n }).slice(2), t],
  'union1d with a fill value': (o, n, t) => [np.union1d(o.v, o.v, { size: 4, fillValue: n }).slice(3), t],
}

describe.each(exact)('%s beside %d', (dtype, n, other) => {
  const o = operands(dtype, 3)
  const t = np.array(n, { dtype })
  it.each(Object.entries(recipes))('%s', (_, recipe) => {
    expect(show(recipe(o, n))).toEqual(show(recipe(o, t)))
    expect(show(recipe(o, n))).not.toEqual(show(recipe(o, other)))
  })
  it.each(Object.entries(strict))('%s', (_, recipe) => {
    const [number, tensor] = recipe(o, n, t)
    expect(show(number)).toEqual(show(tensor))
  })
})

describe('float64', () => {
  const x = np.array([1, 2, 4], { dtype: 'float64' })
  const tenth = np.array(0.1, { dtype: 'float64' })
  const same = (f: (n: TensorLike) => unknown) => expect(show(f(0.1))).toEqual(show(f(tenth)))

  it('takes options of interp, histogram, quantile, nanToNum as they are', () => {
    same((left) => np.interp(np.array([0, 9], { dtype: 'float64' }), x, x, { left, right: left }))
    same((low) => np.histogram(x, { bins: 3, range: [low, 4] }))
    same((q) => np.quantile(x, q))
    same((q) => np.percentile(x, q))
    same((v) => np.searchsorted(np.array([0, 0.1, 1], { dtype: 'float64' }), v, { side: 'right' }))
    same((v) => np.isin(tenth, v))
    same((v) => np.digitize(v, np.array([0, 0.1, 1], { dtype: 'float64' })))
    same((v) => np.gradient(x, v))
    const odd = np.array([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], { dtype: 'float64' })
    expect(np.nanToNum(odd, { nan: 0.1, posinf: 0.2, neginf: 0.3 }).toArray()).toEqual([0.1, 0.2, 0.3])
    expect(np.trapezoid(x, { dx: 0.1 }).item()).toBeCloseTo(0.45, 15)
  })

  it('is what linspace, geomspace, logspace and arange give ends in', () => {
    const options = { num: 3, dtype: 'float64' } as const
    expect(np.linspace(0.1, 0.7, options).toArray()).toEqual([0.1, 0.4, 0.7])
    expect(np.geomspace(0.1, 0.7, options).slice([0, 2]).toArray()).toEqual([0.1, 0.7])
    expect(np.logspace(0.1, 0.7, options).slice(0).item()).toBe(10 ** 0.1)
    expect(np.arange(0.1, 0.35, 0.1, { dtype: 'float64' }).toArray()).toEqual([0.1, 0.2, 0.1 + 2 * 0.1])
  })

  it('is what samplers of float64 take their parameters in', () => {
    const key = random.key(1)
    const options = { dtype: 'float64' } as const
    same((a) => random.uniform(key, [3], { ...options, minval: a, maxval: 2 }))
    same((a) => random.uniform(key, [3], { ...options, minval: -1, maxval: a }))
    same((a) => random.truncatedNormal(key, a, 2, [3], options))
    same((a) => random.lognormal(key, a, [3], options))
    same((a) => random.gamma(key, a, [3], options))
    same((a) => random.beta(key, a, a, [3], options))
    same((a) => random.t(key, a, [3], options))
    same((a) => random.pareto(key, a, [3], options))
    same((a) => random.rayleigh(key, a, [3], options))
    same((a) => random.weibullMin(key, a, a, [3], options))
    same((a) => random.triangular(key, 0, a, 1, [3], options))
    same((a) => random.doubleSidedMaxwell(key, a, a, [3], options))
    same((a) => random.generalizedNormal(key, a, [3], options))
  })

  it('is what numbers become that a function of them meets', () => {
    const of = (n: TensorLike) => np.sum(np.multiply(n, x))
    expect(grad(of)(0.1).item()).toBe(7)
    expect(jvp(of, [0.1], [1])[0].item()).toBe(of(0.1).item())
    expect(of(0.1).item()).toBe(of(tenth).item())
    same((n) => vmap((y: Tensor, c: TensorLike) => np.add(y, c), { inAxes: [0, null] })(x, n))
    expect(np.multiply(np.positive(0.1), x).toArray()).toEqual([0.1, 0.2, 0.4])
  })

  it('is what carries become that are numbers', () => {
    const add = (c: Tensor, y: Tensor) => [c.add(y), null] as const
    same((n) => scan(add as (c: TensorLike, y: Tensor) => readonly [Tensor, null], n, x)[0])
    same((n) => foriLoop(0, 3, (_, c: TensorLike) => np.add(c, tenth), n))
    same((n) =>
      whileLoop(
        (c: TensorLike) => np.less(c, 1),
        (c: TensorLike) => np.add(c, tenth),
        n,
      ),
    )
  })
})
