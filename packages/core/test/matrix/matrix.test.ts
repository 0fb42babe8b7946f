/**
 * The rule matrix: every primitive under every transform, generated from the table of primitives. A primitive without samples
 * fails, and so does a sample of something that is no primitive.
 */
import { type DType, jit, jvp, lax, np, Tensor, vjp, vmap } from '@puregrad/core'
import { checkGrads, type Law, laws, primitiveTable, type Tolerance } from '@puregrad/core/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Sample } from './sample.js'
import { sampled } from './table.js'
import { floats } from './values.js'

type List = readonly Tensor[]

const isFloat = (dtype: DType): boolean => dtype.startsWith('float')
const asList = (result: Tensor | List): List => (result instanceof Tensor ? [result] : result)

/** Batches sum in another order; decompositions amplify that by their condition. */
const batchTolerance: Readonly<Record<'float32' | 'float64', Tolerance>> = {
  float32: { rtol: 2e-4, atol: 2e-5 },
  float64: { rtol: 1e-9, atol: 1e-10 },
}

/** A sample as a function of its differentiable arguments. */
const movingPart = ({
  args,
  run,
  differentiable,
}: Sample): { readonly moving: List; readonly call: (moving: List) => List } => {
  const moves = args.map((x, i) => isFloat(x.dtype) && differentiable?.[i] !== false)
  return {
    moving: args.filter((_, i) => moves[i]),
    call: (moving) => {
      let next = 0
      const results = asList(run(args.map((x, i) => (moves[i] ? (moving[next++] as Tensor) : x))))
      return results.filter((y) => isFloat(y.dtype))
    },
  }
}

const weights = (like: List): List =>
  like.map((y, i) => lax.convertElementType(floats(y.shape, 0.5, 1.5, 40 + i), y.dtype))

/** Derivatives as a function of the arguments: cotangents by reverse mode where it exists, else tangents. */
const derivativeOf = (sample: Sample): { readonly moving: List; readonly call: (moving: List) => List } => {
  const { moving, call } = movingPart(sample)
  const reverse = sample.modes?.includes('rev') ?? true
  return {
    moving,
    call: (xs) => {
      if (!reverse) return jvp((ys: List) => call(ys), [xs], [weights(xs)])[1]
      const [values, pullback] = vjp((ys: List) => call(ys), xs)
      return pullback(weights(values))[0]
    },
  }
}

/** A batch of two different examples. */
const twice = (x: Tensor): Tensor => np.stack([x, x.mul(1.01)])

const tell = (sample: Sample, index: number): string => sample.name ?? `sample ${index}`

/** Spies on every rule of a primitive; gives the number of times that any was used. */
const watch = (name: string): (() => number) => {
  const rules = primitiveTable.get(name) as unknown as Record<string, (...args: never[]) => unknown>
  const spies = Object.keys(rules).flatMap((rule) => (typeof rules[rule] === 'function' ? [vi.spyOn(rules, rule)] : []))
  return () => spies.reduce((n, spy) => n + spy.mock.calls.length, 0)
}

afterEach(() => {
  vi.restoreAllMocks()
})

const checkLaw = (law: Law, moving: List, call: (xs: List) => List, tolerance?: Tolerance): void =>
  law.check((xs: List) => call(xs), [moving], tolerance)

describe('the table of primitives', () => {
  it('has samples for every primitive', () => {
    expect([...primitiveTable.keys()].filter((name) => !sampled.has(name))).toEqual([])
  })
  it('compares every derivative with float64 differences', () => {
    const smooth = (list: readonly Sample[], dtype: DType): boolean =>
      list.some(
        (s) =>
          movingPart(s).moving.some((x) => x.dtype === dtype) &&
          s.args.every((x) => x.dtype !== 'float32' || dtype === 'float32'),
      )
    expect(
      [...sampled].filter(([, list]) => smooth(list, 'float32') && !smooth(list, 'float64')).map(([name]) => name),
    ).toEqual([])
  })
  it('holds every primitive that has samples', () => {
    expect([...sampled.keys()].filter((name) => !primitiveTable.has(name))).toEqual([])
  })
})

describe.each([...sampled].filter(([name]) => primitiveTable.has(name)))('%s', (name, samples) => {
  it('is what its samples use', () => {
    for (const [i, sample] of samples.entries()) {
      const uses = watch(name)
      asList(jit((xs: List) => asList(sample.run(xs)))(sample.args))
      if (movingPart(sample).moving.length > 0) derivativeOf(sample).call(derivativeOf(sample).moving)
      expect(uses(), tell(sample, i)).toBeGreaterThan(0)
      vi.restoreAllMocks()
    }
  })

  describe.each(samples.map((sample, i) => [tell(sample, i), sample] as const))('%s', (_, sample) => {
    const { args, order = 2, modes = ['fwd', 'rev'] } = sample
    const { moving, call } = movingPart(sample)
    const single = args.some((x) => x.dtype === 'float32')
    const width = single ? 'float32' : 'float64'
    const everything = (xs: List): List => asList(sample.run(xs))

    it('jit f = f, bit for bit, and nothing is mutated', () => {
      checkLaw(laws.compilation, args, everything)
      checkLaw(laws.purity, args, everything)
    })
    it('vmap f = stack (map f)', () => {
      laws.batching.check((...xs: List) => everything(xs), [...args], batchTolerance[width])
    })
    if (moving.length === 0) return

    if (!single) {
      it(`derivatives to order ${order} = differences`, () => {
        checkGrads((...xs: List) => call(xs), [...moving], { order, modes })
      })
    }
    if (modes.length === 2) {
      it('vjp is the transpose of jvp, linearize agrees with jvp', () => {
        checkLaw(laws.transposition, moving, call)
        checkLaw(laws.linearization, moving, call)
      })
    }
    const derivative = derivativeOf(sample)
    it('vmap of its derivative = stack (map of it)', () => {
      laws.batching.check((...xs: List) => derivative.call(xs), [...moving], batchTolerance[width])
    })
    it('jit of its derivative, and of vmap of it, change no bit', () => {
      checkLaw(laws.compilation, moving, derivative.call)
      checkLaw(laws.compilation, moving.map(twice), vmap(derivative.call))
    })
  })
})
