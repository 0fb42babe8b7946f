/** What a user does wrong gets a tagged error that names the operation and the cure. */
import {
  RangeError as AxisError,
  ConcretizationError,
  cond,
  customJvp,
  DTypeError,
  grad,
  jit,
  jvp,
  LeakedTracerError,
  lax,
  np,
  type PuregradError,
  ShapeError,
  scan,
  type Tensor,
  TransformError,
  TreeError,
  vjp,
  vmap,
  whileLoop,
} from '@puregrad/core'
import { describe, expect, it } from 'vitest'

/** `value`, after something was done. */
const after = <T>(_done: unknown, value: T): T => value

const x = np.array([1, 2, 3])

/** The error that `f` throws: a tagged one of this class. */
const failure = (f: () => unknown, kind: new (message: string) => PuregradError): string => {
  try {
    f()
  } catch (error) {
    expect(error).toBeInstanceOf(kind)
    expect((error as PuregradError)._tag).toBe((error as Error).name)
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

const under = [
  ['jit', (f: (v: Tensor) => unknown) => jit((v: Tensor) => after(f(v), v))(x)],
  ['vmap', (f: (v: Tensor) => unknown) => vmap((v: Tensor) => after(f(v), v))(x)],
  ['grad', (f: (v: Tensor) => unknown) => grad((v: Tensor) => after(f(v), v.sum()))(x)],
  ['jvp', (f: (v: Tensor) => unknown) => jvp((v: Tensor) => after(f(v), v), [x], [x])],
  ['scan', (f: (v: Tensor) => unknown) => scan((c: Tensor, v: Tensor) => after(f(v), [c, v] as const), np.array(0), x)],
] as const

describe('a tracer has no number', () => {
  describe.each(under)('under %s', (_, run) => {
    it('in a condition or JavaScript arithmetic', () => {
      const message = failure(() => run((v) => ((v as unknown as number) > 0 ? v : v)), ConcretizationError)
      expect(message).toMatch(/float32\[.*\] traced by/)
      failure(() => run((v) => (v as unknown as number) + 1), ConcretizationError)
      failure(() => run((v) => Number(v)), ConcretizationError)
    })
    it('by item, toArray and data', () => {
      expect(failure(() => run((v) => v.sum().item()), ConcretizationError)).toMatch(/item\(\)/)
      expect(failure(() => run((v) => v.toArray()), ConcretizationError)).toMatch(/toArray\(\)/)
      expect(failure(() => run((v) => v.data()), ConcretizationError)).toMatch(/data\(\)/)
    })
    it('but prints', () => {
      const seen: string[] = []
      run((v) => seen.push(String(v), `${v}`))
      expect(seen[0]).toMatch(/^float32\[\d?\] traced by (jit|vmap|grad|jvp)$/)
      expect(seen[1]).toBe(seen[0])
    })
  })
  it('unless its derivative is not asked for', () => {
    expect(grad((v: Tensor) => (v.gt(0).item() ? v.mul(v) : v.neg()))(np.array(3)).item()).toBe(6)
  })
  it('names the cures', () => {
    const message = failure(
      () => jit((v: Tensor) => ((v as unknown as number) > 0 ? v : v))(np.array(1)),
      ConcretizationError,
    )
    expect(message).toMatch(/np\.where, cond or whileLoop/)
    expect(message).toMatch(/staticArgnums/)
  })
})

describe('a tracer that got out', () => {
  it.each(under)('of %s is told from values', (_, run) => {
    const kept: Tensor[] = []
    run((v) => kept.push(v.mul(2)))
    const message = failure(() => (kept[0] as Tensor).add(1), LeakedTracerError)
    expect(message).toMatch(/add: float32.* is used outside the transform that made it/)
    expect(message).toMatch(/Return the value/)
  })
  it('is told inside a later transform too', () => {
    const kept: Tensor[] = []
    jit((v: Tensor) => after(kept.push(v), v))(x)
    failure(() => jit((v: Tensor) => v.add(kept[0] as Tensor))(x), LeakedTracerError)
    failure(() => grad((v: Tensor) => v.mul(kept[0] as Tensor).sum())(x), LeakedTracerError)
  })
})

describe('rules of the user', () => {
  it('differentiate what they are given, not what they close over', () => {
    const scaled = (x: Tensor): Tensor =>
      customJvp(
        (y: Tensor) => y.mul(x),
        ([y], [dy]) => [y.mul(x), dy.mul(x)],
      )(x)
    expect(failure(() => grad(scaled)(np.array(3)), LeakedTracerError)).toMatch(
      /closes over has no derivative: pass it as an argument/,
    )
  })
})

describe('derivatives', () => {
  it('need scalars', () => {
    expect(failure(() => grad((v: Tensor) => v.mul(2))(x), ShapeError)).toMatch(
      /grad: .*float32\[3\].*np\.mean, np\.sum/,
    )
    failure(() => grad((v: Tensor) => [v.sum(), v] as never)(x), TreeError)
  })
  it('need floats', () => {
    expect(
      failure(() => grad((v: Tensor) => v.sum().astype('float32'))(np.array([1, 2]).astype('int32')), DTypeError),
    ).toMatch(/argument 0 is int32\[2\]/)
    failure(() => grad((v: Tensor) => v.sum().astype('int32'))(x), DTypeError)
  })
  it('name the leaf of a tree', () => {
    const p = { layers: [{ w: x, steps: np.array([1]).astype('int32') }] as const }
    expect(failure(() => grad((q: typeof p) => q.layers[0].w.sum())(p), DTypeError)).toMatch(
      /argument 0\.layers\[0\]\.steps is int32\[1\]/,
    )
  })
  it('need arguments that exist', () => {
    expect(failure(() => grad((v: Tensor) => v.sum(), { argnums: 2 })(x), AxisError)).toMatch(
      /argnums 2 names no argument/,
    )
  })
  it('need tangents and cotangents that fit', () => {
    failure(() => jvp(np.sin, [x], [np.array([1, 2])]), ShapeError)
    failure(() => jvp((v: Tensor) => v, [x], [x.astype('float64')]), DTypeError)
    failure(() => vjp((v: Tensor) => v, x)[1](np.array([1, 2])), ShapeError)
    failure(() => vjp((v: Tensor) => ({ a: v }), x)[1]({ b: x } as never), TreeError)
  })
  it('of whileLoop exist in forward mode only', () => {
    const f = (v: Tensor): Tensor =>
      whileLoop(
        (c: Tensor) => c.lt(10),
        (c: Tensor) => c.mul(2),
        v,
      )
    expect(jvp(f, [np.array(1.5)], [np.array(1)])[1].item()).toBe(8)
    expect(failure(() => grad(f)(np.array(1.5)), TransformError)).toMatch(/Use scan, foriLoop/)
  })
})

describe('batches', () => {
  it('need one size', () => {
    const message = failure(() => vmap((a: Tensor, b: Tensor) => a.add(b))(np.zeros([3]), np.zeros([4])), ShapeError)
    expect(message).toMatch(/argument 0 float32\[3\] at axis 0/)
    expect(message).toMatch(/argument 1 float32\[4\] at axis 0/)
  })
  it('need a batched argument', () => {
    failure(() => vmap((a: Tensor) => a, { inAxes: null })(x), ShapeError)
    failure(() => vmap((a: Tensor) => a)(np.array(1)), AxisError)
    failure(() => vmap((a: Tensor) => a, { outAxes: null })(x), ShapeError)
    failure(() => vmap((a: Tensor) => a, { inAxes: [0, 0] })(x), TreeError)
  })
  it('have only the axes that are named', () => {
    expect(failure(() => lax.psum(x, 'i'), AxisError)).toMatch(/no axis named 'i'/)
    expect(failure(() => vmap((a: Tensor) => lax.psum(a, 'i'), { axisName: 'j' })(x), AxisError)).toMatch(/only 'j'/)
  })
})

describe('control flow', () => {
  it('keeps the type of the carry', () => {
    const grows = (c: Tensor): readonly [Tensor, Tensor] => [np.concatenate([c, c]), c]
    expect(failure(() => scan(grows, x, null, { length: 2 }), TreeError)).toMatch(
      /carry changes type.*float32\[3\].*float32\[6\]/,
    )
    failure(
      () => scan((c: Tensor): readonly [Tensor, Tensor] => [{ c } as never, c], x, null, { length: 2 }),
      TreeError,
    )
    failure(
      () =>
        whileLoop(
          () => true,
          (c: Tensor) => c.sum(),
          x,
        ),
      TreeError,
    )
  })
  it('needs pairs, lengths and scalars', () => {
    failure(() => scan(((c: Tensor) => c) as never, x, null, { length: 2 }), TreeError)
    failure(() => scan((c: Tensor) => [c, c] as const, x, null), ShapeError)
    failure(
      () => scan((c: Tensor, _: unknown) => [c, c] as const, x, [np.zeros([2]), np.zeros([3])] as const),
      ShapeError,
    )
    failure(
      () =>
        cond(
          x.gt(1),
          () => x,
          () => x,
        ),
      ShapeError,
    )
    failure(
      () =>
        whileLoop(
          (c: Tensor) => c.sum(),
          (c: Tensor) => c,
          x,
        ),
      DTypeError,
    )
  })
  it('has branches of one type', () => {
    failure(
      () =>
        cond(
          true,
          () => x,
          () => x.sum(),
        ),
      TreeError,
    )
    failure(
      () =>
        cond(
          true,
          () => [x] as never,
          () => x,
        ),
      TreeError,
    )
    failure(
      () =>
        cond(
          true,
          () => x,
          () => x.astype('float64'),
        ),
      TreeError,
    )
  })
})

describe('trees', () => {
  it.each([
    ['a Map', new Map(), /a Map, which no tree holds/],
    ['a typed array', new Float32Array(2), /Float32Array.*np\.array/],
    ['a string', 'relu', /the string 'relu'/],
    ['undefined', undefined, /null for an empty subtree/],
    ['a class instance', new (class Model {})(), /a Model/],
  ])('hold no %s', (_, value, cure) => {
    const message = failure(
      () => jit((p: unknown) => (p as { a: Tensor[] }).a[0] as Tensor)({ a: [x, value] }),
      TreeError,
    )
    expect(message).toMatch(cure)
    expect(message).toMatch(/\.a\[1\]/)
  })
  it('are what functions return', () => {
    failure(() => jit(() => undefined as never)(), TreeError)
    expect(failure(() => jit(async () => x)(), TreeError)).toMatch(/promise/)
  })
})
