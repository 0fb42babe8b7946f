import { linkModule } from '@puregrad/kernels-as'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DType, DTypeError, grad, jit, lax, makeProgram, np, random, type Tensor } from '../../index.js'
import { kernels, sharesMemory } from '../../runtime/memory.js'
import { encodeModule, signed, unsigned } from '../../wasm/encode.js'
import { optimise } from '../optimise.js'
import { fuse, fused } from './group.js'

const bits = (x: Tensor): readonly number[] => Array.from(new Uint8Array(x.data().buffer))
const list = (x: Tensor | readonly Tensor[]): readonly Tensor[] => (Array.isArray(x) ? x : [x as Tensor])

/** Runs `f` eagerly and compiled; every result has to have the same bits. */
const sameBits = (f: (...args: Tensor[]) => Tensor | readonly Tensor[], ...args: Tensor[]): void => {
  const eager = list(f(...args))
  const compiled = list(jit(f)(...args) as Tensor | readonly Tensor[])
  eager.forEach((x, i) => {
    expect(bits(compiled[i] as Tensor)).toEqual(bits(x))
  })
}

const normal = (shape: readonly number[], seed: number): Tensor => random.normal(random.key(seed), shape)
const loops = (f: (...args: never[]) => unknown, ...args: Tensor[]): number =>
  fuse(optimise(makeProgram(f as (...a: Tensor[]) => unknown)(...args))).equations.filter((e) => e.primitive === fused)
    .length

describe('fuse', () => {
  it('makes one loop of a chain, its broadcasts included', () => {
    const layer = (x: Tensor, b: Tensor): Tensor => np.maximum(x.add(b), 0).mul(2).sub(1)
    expect(loops(layer, normal([5, 7], 1), normal([7], 2))).toBe(1)
  })
  it('makes one loop of rounding, reciprocals and roots', () => {
    const f = (x: Tensor): Tensor =>
      lax.rsqrt(np.abs(np.floor(x).add(np.ceil(x)).mul(np.trunc(x)).sub(np.round(x))).add(1))
    expect(loops(f, normal([33], 1))).toBe(1)
    expect(fuse(optimise(makeProgram(f)(normal([33], 1)))).equations.length).toBe(1)
    sameBits(f, normal([33], 1))
  })
  it('makes one loop of a mask that is counted, and does not write the positions down', () => {
    const causal = (x: Tensor): Tensor => {
      const [row, column] = [0, 1].map((axis) => lax.broadcastedIota('int32', x.shape, axis)) as [Tensor, Tensor]
      return np.where(row.ge(column), x, -1e9)
    }
    expect(fuse(optimise(makeProgram(causal)(normal([37, 37], 1)))).equations.map((e) => e.inputs.length)).toEqual([2])
    sameBits(causal, normal([5, 5], 1))
    sameBits(causal, normal([37, 37], 1))
  })
  it('makes one loop of pixels that become numbers, and of random bits that do', () => {
    const pixels = np.array(new Uint8Array([0, 1, 127, 128, 255, 3, 9]))
    const scaled = (x: Tensor): Tensor => x.astype('float32').div(255).sub(0.1307).div(0.3081)
    expect(loops(scaled, pixels)).toBe(1)
    expect(fuse(optimise(makeProgram(scaled)(pixels))).equations.length).toBe(1)
    sameBits(scaled, pixels)
    const uniform = makeProgram((key: Tensor) => random.uniform(key, [10]))(random.key(1))
    expect(fuse(optimise(uniform)).equations.map((e) => e.primitive.name)).toEqual(['threefry', 'fused'])
  })
  it('makes one loop of a clamp', () => {
    const f = (x: Tensor): Tensor => lax.clamp(-0.5, x, 0.5).mul(2)
    expect(loops(f, normal([11], 1))).toBe(1)
    sameBits(f, normal([11], 1))
  })
  it('makes one loop of the update of a parameter with all its moments', () => {
    const update = (p: Tensor, g: Tensor, m: Tensor, v: Tensor): readonly Tensor[] => {
      const m1 = m.mul(0.9).add(g.mul(0.1))
      const v1 = v.mul(0.999).add(g.mul(g).mul(0.001))
      return [p.sub(m1.div(np.sqrt(v1).add(1e-8)).mul(0.1)), m1, v1]
    }
    const [p, g, m, v] = [1, 2, 3, 4].map((seed) => normal([33], seed)) as [Tensor, Tensor, Tensor, Tensor]
    expect(loops(update, p, g, m, np.square(v))).toBe(1)
    sameBits(update, p, g, m, np.square(v))
  })
  it('does not fuse over something that waits for a member', () => {
    const f = (x: Tensor): Tensor => {
      const y = x.mul(2).add(1)
      return y.sub(np.sum(y))
    }
    sameBits(f, normal([21], 1))
  })
})

describe('fused loops give the bits of the kernels', () => {
  const specials = np.array([
    0,
    -0,
    1,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e-45,
    3.4e38,
    0.5,
  ])
  it('for special values', () => {
    sameBits((a) => {
      const [b, c] = [a.reshape(-1, 1), np.add(a, np.zeros([10, 10]))]
      return [
        np.maximum(b, c).add(0),
        np.minimum(b, c).mul(1),
        b.mul(c).sub(b),
        np.square(b).div(c),
        np.where(b.lt(c), b, c.neg()),
        np.logicalXor(b.eq(c), c.ge(b)),
        np.floor(b.mul(c)).add(np.ceil(b)),
        np.trunc(b.div(c)).sub(np.round(c)),
        lax.rsqrt(np.abs(b.mul(c))).mul(c),
      ]
    }, specials)
  })
  const words = [0, 1, -1, 7, 31, 32, 255, 65_537, 2 ** 31 - 1, -(2 ** 31)]
  const samples = (dtype: DType): Tensor => {
    if (dtype === 'float32') return specials
    if (dtype === 'float64')
      return np.concatenate([specials.astype('float64'), np.array([1e-310, 4e300, 2 ** 40 + 0.5], { dtype })])
    return dtype === 'bool' ? np.array([true, false]) : np.array(words, { dtype: 'int32' }).astype(dtype)
  }
  const two: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
    add: lax.add,
    sub: lax.sub,
    mul: lax.mul,
    div: lax.div,
    max: lax.max,
    min: lax.min,
    eq: lax.eq,
    ne: lax.ne,
    lt: lax.lt,
    gt: lax.gt,
    le: lax.le,
    ge: lax.ge,
    and: lax.bitwiseAnd,
    or: lax.bitwiseOr,
    xor: lax.bitwiseXor,
    select: (a, b) => np.where(a.lt(b), b, a),
    clamp: (a, b) => lax.clamp(b, a, lax.max(a, b)),
  }
  const one: Readonly<Record<string, (a: Tensor) => Tensor>> = {
    neg: lax.neg,
    abs: lax.abs,
    sign: lax.sign,
    square: lax.square,
    sqrt: lax.sqrt,
    rsqrt: lax.rsqrt,
    reciprocal: lax.reciprocal,
    floor: lax.floor,
    ceil: lax.ceil,
    trunc: lax.trunc,
    round: lax.round,
    not: lax.bitwiseNot,
    ...Object.fromEntries(
      [0, 1, 5, 31, 32, -1].flatMap((by) => [
        [`shl by ${by}`, (a: Tensor) => lax.shiftLeft(a, by)],
        [`shrLogical by ${by}`, (a: Tensor) => lax.shiftRightLogical(a, by)],
        [`shrArithmetic by ${by}`, (a: Tensor) => lax.shiftRightArithmetic(a, by)],
      ]),
    ),
    ...Object.fromEntries(
      (['float32', 'float64', 'int32', 'uint32', 'bool'] as const).map((to) => [
        `to ${to}`,
        (a: Tensor) => a.astype(to),
      ]),
    ),
  }
  const isDefined = (f: () => unknown): boolean => {
    try {
      f()
      return true
    } catch (error) {
      if (error instanceof DTypeError) return false
      throw error
    }
  }
  const fusedOnly = (f: (...args: Tensor[]) => unknown, ...args: Tensor[]): boolean =>
    fuse(optimise(makeProgram(f)(...args))).equations.every((e) => e.primitive === fused)
  /** Integer division is for kernels, as is what takes bytes. */
  const ofKernels = (name: string, dtype: DType): boolean => name === 'div' && !dtype.startsWith('float')

  for (const dtype of ['float32', 'float64', 'int32', 'uint32', 'bool'] as const) {
    describe(dtype, () => {
      const x = samples(dtype)
      for (const [name, f] of Object.entries(two)) {
        if (ofKernels(name, dtype) || !isDefined(() => f(x, x))) continue
        // A comparison with the other operand makes two equations of it, so that there is something to fuse.
        const pair = (a: Tensor, b: Tensor): readonly Tensor[] => [f(a, b), name === 'eq' ? a.ne(b) : a.eq(b)]
        it(name, () => {
          const [column, grid] = [x.reshape(-1, 1), np.broadcastTo(x, [x.size, x.size])]
          const full = np.broadcastTo(column, grid.shape).reshape(-1)
          expect(fusedOnly(pair, full, grid.reshape(-1))).toBe(true)
          sameBits(pair, full, grid.reshape(-1))
          sameBits((a, b) => pair(np.broadcastTo(a, grid.shape), np.broadcastTo(b, grid.shape)), column, x)
          sameBits((a, b) => pair(np.broadcastTo(a, grid.shape), np.broadcastTo(b, grid.shape)), x, column)
        })
      }
      for (const [name, f] of Object.entries(one)) {
        if (!isDefined(() => f(x)) || f(x) === x) continue
        const pair = (a: Tensor): readonly Tensor[] => [f(a), a.eq(a)]
        it(name, () => {
          expect(fusedOnly(pair, x)).toBe(true)
          sameBits(pair, x)
          sameBits(pair, np.tile(x, [3]))
          sameBits((a) => pair(np.broadcastTo(a.reshape(-1, 1), [x.size, 5])), x)
        })
      }
      if (dtype !== 'bool') {
        it('iota', () => {
          for (const shape of [[7], [3, 5], [5, 3, 9], [2, 3, 4, 5]]) {
            shape.forEach((_, axis) => {
              sameBits((a) => lax.broadcastedIota(dtype, shape, axis).add(a), np.array(3, { dtype }))
              sameBits((a) => lax.broadcastedIota(dtype, shape, axis).add(a), np.ones(shape, { dtype }))
            })
          }
        })
      }
    })
  }
  it('for rows, columns, cubes, scalars and nothing at all', () => {
    const f = (a: Tensor, b: Tensor): Tensor => np.maximum(a.mul(b).add(b), 0).sub(a)
    sameBits(f, normal([5, 7], 1), normal([7], 2))
    sameBits(f, normal([5, 7], 1), normal([5, 1], 2))
    sameBits(f, normal([3, 5, 7], 1), normal([3, 1, 7], 2))
    sameBits(f, normal([3, 5, 7], 1), normal([5, 1], 2))
    sameBits(f, normal([], 1), normal([], 2))
    sameBits(f, np.zeros([0, 3]), np.zeros([3]))
  })
  it('where results take the memory of operands', () => {
    sameBits(
      (a, b) => {
        const c = a.matmul(b)
        return c.mul(2).add(c.T).sub(c)
      },
      normal([9, 9], 1),
      normal([9, 9], 2),
    )
  })
  it('for random expressions of any size, and their gradients', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat(20), fc.nat(20))
    const operations: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
      (a, b) => a.add(b),
      (a, b) => a.sub(b),
      (a, b) => a.mul(b),
      (a, b) => a.div(np.square(b).add(1)),
      (a, b) => np.maximum(a, b),
      (a, b) => np.minimum(a, b),
      (a) => a.neg(),
      (a) => np.abs(a),
      (a, b) => np.where(a.gt(b), a, b.mul(0.5)),
      (a) => np.sqrt(np.square(a).add(0.25)),
    ]
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 70 }),
        fc.nat(1000),
        (steps, n, seed) => {
          const f = (x: Tensor, y: Tensor): Tensor => {
            const values = [x, y]
            for (const [o, i, j] of steps) {
              const operation = operations[o] as (a: Tensor, b: Tensor) => Tensor
              values.push(operation(values[i % values.length] as Tensor, values[j % values.length] as Tensor))
            }
            return values[values.length - 1] as Tensor
          }
          const [x, y] = [normal([n], seed), normal([n], seed + 1)]
          sameBits(f, x, y)
          const g = grad((a: Tensor, b: Tensor) => np.sum(f(a, b)), { argnums: [0, 1] })
          sameBits((a, b) => g(a, b), x, y)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('encodeModule', () => {
  it('writes LEB128', () => {
    expect(unsigned(624485)).toEqual([0xe5, 0x8e, 0x26])
    expect(signed(-123456)).toEqual([0xc0, 0xbb, 0x78])
    expect(signed(63)).toEqual([63])
    expect(signed(64)).toEqual([0xc0, 0])
  })
  it('writes a module that engines accept', () => {
    const bytes = encodeModule([{ parameters: 2, locals: ['i32', 'i32', 'v128'], body: [] }], {
      maximumPages: 65535,
      shared: sharesMemory(),
    })
    expect(Object.keys(linkModule(bytes, kernels().memory))).toEqual(['f0'])
  })
})
