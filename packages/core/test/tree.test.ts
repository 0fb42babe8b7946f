/** Laws of pytrees. */
import { np, type Tensor, TreeError, tree } from '@puregrad/core'
import { laws, tensors, trees } from '@puregrad/core/testing'
import fc from 'fast-check'
import * as Identity from 'fp-ts/lib/Identity.js'
import * as Option from 'fp-ts/lib/Option.js'
import { describe, expect, it } from 'vitest'

const numbers = trees(fc.integer())
/** The same, typed as one of the many kinds of tree that they are. */
const lists = numbers as fc.Arbitrary<readonly number[]>

describe('map', () => {
  it('map id = id', () => fc.assert(laws.functor.identity(numbers)))
  it('map (g ∘ f) = map g ∘ map f', () =>
    fc.assert(
      laws.functor.composition(
        lists,
        (x) => x * 2,
        (x) => (x as number) + 1,
      ),
    ))
  it('over several trees gives the same structure', () => {
    fc.assert(
      fc.property(lists, (t) => {
        expect(tree.map((a: number, b: number) => a + b, t, t)).toEqual(tree.map((a: number) => a * 2, t))
      }),
    )
  })
  it('tells where structures part', () => {
    expect(() => tree.map((a) => a, { w: [1, 2], b: 3 }, { w: [1, { x: 2 }], b: 3 } as never)).toThrow(/tree\.w\[1\]/)
    expect(() => tree.map((a) => a, [1], [1, 2])).toThrow(TreeError)
  })
  it('with paths names every leaf', () => {
    const paths = tree.mapWithPath((path) => path.join('/'), { layers: [{ kernel: 1, bias: 2 }], scale: 3 })
    expect(paths).toEqual({ layers: [{ kernel: 'layers/0/kernel', bias: 'layers/0/bias' }], scale: 'scale' })
  })
})

describe('fp-ts instances', () => {
  it('Functor: identity and composition', () => {
    fc.assert(
      fc.property(numbers, (t) => {
        const { map } = tree.Functor
        expect(map(t, (x) => x)).toEqual(t)
        expect(
          map(
            map(t, (x: number) => x * 2),
            (x) => x + 1,
          ),
        ).toEqual(map(t, (x: number) => x * 2 + 1))
      }),
    )
  })
  it('Traversable: identity', () => {
    fc.assert(
      fc.property(numbers, (t) => {
        expect(tree.Traversable.traverse(Identity.Applicative)(t, (x: number) => x)).toEqual(t)
      }),
    )
  })
  it('Traversable: an effect of all leaves is that of each', () => {
    const positive = (x: number): Option.Option<number> => (x >= 0 ? Option.some(x) : Option.none)
    fc.assert(
      fc.property(numbers, (t) => {
        const result = tree.Traversable.traverse(Option.Applicative)(t, positive)
        const every = tree.leaves(t as never).every((x) => (x as number) >= 0)
        expect(Option.isSome(result)).toBe(every)
        if (Option.isSome(result)) expect(result.value).toEqual(t)
      }),
    )
  })
  it('Traversable: composition of effects in order of the leaves', () => {
    const seen: number[] = []
    const t = { b: [1, 2], a: 3 }
    tree.Traversable.traverse(Option.Applicative)(t, (x: number) => {
      seen.push(x)
      return Option.some(x)
    })
    expect(seen).toEqual([3, 1, 2])
  })
})

describe('flatten', () => {
  it('unflatten ∘ flatten = id', () => fc.assert(laws.flattening(numbers)))
  it('orders records by their keys', () => {
    expect(tree.leaves({ b: 2, a: [1], c: null })).toEqual([1, 2])
    expect(String(tree.structure({ w: 1, b: [2, 3], n: null }))).toBe('{b: [*, *], n: null, w: *}')
    expect(tree.structure({ a: 1, b: 2 }).equals(tree.structure({ b: 5, a: 6 }))).toBe(true)
    expect(tree.structure([1, 2]).equals(tree.structure([1, [2]]))).toBe(false)
  })
  it('takes exactly the leaves there are', () => {
    expect(() => tree.unflatten(tree.structure([1, 2]), [1])).toThrow(TreeError)
  })
})

describe('folds', () => {
  it('reduce and all go over leaves in order', () => {
    expect(tree.reduce((text, x) => text + String(x), '', { b: [1, 2], a: 0 })).toBe('012')
    expect(tree.all({ a: true, b: [true, false] })).toBe(false)
    expect(tree.all({ a: 1, b: [2] }, (x) => x > 0)).toBe(true)
  })
})

describe('transpose', () => {
  it('twice is the identity', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 4, maxLength: 4 }), ([p, q, r, s]) => {
        const t = [
          { a: p as number, b: q as number },
          { a: r as number, b: s as number },
        ]
        const turned = tree.transpose([0, 0], { a: 0, b: 0 }, t)
        expect(turned).toEqual({ a: [p, r], b: [q, s] })
        expect(tree.transpose({ a: 0, b: 0 }, [0, 0], turned)).toEqual(t)
      }),
    )
  })
  it('tells what is no tree of trees', () => {
    expect(() => tree.transpose([0, 0], { a: 0 }, [{ a: 1 }] as never)).toThrow(TreeError)
  })
})

describe('ravel', () => {
  it('unravel ∘ ravel = id', () => {
    fc.assert(
      fc.property(trees(tensors({ dtype: ['float32', 'int32'], maxRank: 2 })), (t) => {
        const [vector, unravel] = tree.ravel(t as { readonly [key: string]: Tensor })
        expect(vector.shape).toEqual([tree.reduce((n, x) => n + (x as Tensor).size, 0, t as Tensor)])
        const back = unravel(vector)
        const bits = (x: unknown): unknown => tree.leaves(x as Tensor[]).map((l) => [l.dtype, l.shape, ...l.data()])
        expect(bits(back)).toEqual(bits(t))
      }),
      { numRuns: 50 },
    )
  })
  it('tells a vector of the wrong length', () => {
    expect(() => tree.ravel({ w: np.ones([2, 2]) })[1](np.ones([5]))).toThrow(/float32\[4\].*float32\[5\]/)
  })
})
