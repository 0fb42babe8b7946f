/** After any error everything runs as before: the same bits, eager, jitted and by threads, for the same memory. */
import { createHash } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import {
  associativeScan,
  checkpoint,
  cond,
  configure,
  customJvp,
  customVjp,
  DonatedTensorError,
  EnvironmentError,
  evalShape,
  foriLoop,
  grad,
  hessian,
  jacfwd,
  jit,
  jvp,
  LeakedTracerError,
  lax,
  linearize,
  makeProgram,
  np,
  OutOfMemoryError,
  PuregradError,
  random,
  ShapeError,
  scan,
  switchCase,
  type Tensor,
  tree,
  valueAndGrad,
  vjp,
  vmap,
  WorkerError,
  whileLoop,
} from '../src/index.js'
import { oneOf } from '../src/primitives/parameters.js'
import { baseTrace, bind, currentTrace, type Params, type Primitive, primitive } from '../src/primitives/primitive.js'
import { controlBlock, kernels } from '../src/runtime/memory.js'
import { residentBytes } from '../src/runtime/residency.js'
import { axesKey } from '../src/trace/axes.js'

configure({ threads: 3 })

const key = random.key(7)
const small = random.normal(key, [5, 7])
/** Large enough to stay in kernel memory, and to be shared by threads. */
const large = random.normal(key, [400, 300])

const network = (x: Tensor, w: Tensor): Tensor => np.tanh(np.matmul(x, w)).add(np.mean(x)).sum()
const jitted = jit((x: Tensor) => {
  const centred = x.sub(np.mean(x, { axis: -1, keepdims: true }))
  const scaled = centred.mul(lax.rsqrt(np.mean(np.square(centred), { axis: -1, keepdims: true }).add(1e-5)))
  return [
    scaled,
    scan((c: Tensor, row: Tensor) => [c.add(np.exp(row.mul(-1))), c.sum()] as const, x.slice(0), x),
  ] as const
})
const step = jit((w: Tensor, x: Tensor) => w.sub(grad((v: Tensor) => network(x, v))(w).mul(0.01)))

/** The bits of a bit of everything. */
const work = (): string => {
  const results = [
    np.sin(small).add(1),
    np.matmul(large, large.T),
    np.sort(large, { axis: 0 }),
    lax.softmax(large),
    ...tree.leaves(jitted(small) as never),
    ...tree.leaves(jitted(large) as never),
    step(large.T, large),
    vmap(grad((x: Tensor) => np.sin(x).mul(x).sum()))(small),
    vmap((x: Tensor) => lax.psum(x, 'i'), { axisName: 'i' })(small),
    random.normal(random.key(3), [4]),
  ] as readonly Tensor[]
  const hash = createHash('sha1')
  for (const x of results) hash.update(new Uint8Array(x.data().buffer))
  return hash.digest('hex')
}

const before = work()
const memory = (): number => kernels().memory.buffer.byteLength
/** Twice the budget of tensors that stay in kernel memory: room for them, and for what grows in steps. */
const demand = 2 ** 28

const expectAsBefore = (): void => {
  expect(currentTrace()).toBe(baseTrace())
  expect(axesKey()).toBe('')
  const taken = memory()
  expect(work()).toBe(before)
  expect(memory()).toBeLessThanOrEqual(Math.max(taken, demand))
}

class Stop extends Error {}
const stop = (): never => {
  throw new Stop('stop')
}
type Unary = (x: Tensor) => Tensor

const outside: Tensor[] = []
/** What goes wrong in the middle of a function of one tensor. */
const mishaps: Readonly<Record<string, readonly [f: Unary, error: abstract new (...args: never[]) => Error]>> = {
  'an error of its own': [(x) => np.sin(x).add(stop()), Stop],
  'shapes that do not fit': [(x) => np.sin(x).add(np.ones([2, 3, 4])), ShapeError],
  'a tracer of another transform': [
    (x) => {
      jit((y: Tensor) => {
        outside[0] = y
        return y
      })(np.array([1, 2, 3]))
      return np.matmul(x, outside[0] as Tensor)
    },
    PuregradError,
  ],
  'a number asked of a tracer': [(x) => (np.array([1, 2, 3]).add(x).sum().item() > 1e9 ? x : stop()), Error],
}

const only = (f: Unary) => (x: Tensor) => f(x).sum()
/** Everything that takes a function, calling it in the middle. */
const callers: Readonly<Record<string, (f: Unary) => Unary>> = {
  grad: (f) => (x) => grad(only(f))(x),
  jvp: (f) => (x) => jvp(f, [x], [x])[1] as Tensor,
  vjp: (f) => (x) => vjp(f, x)[0] as Tensor,
  linearize: (f) => (x) => linearize(f, x)[0] as Tensor,
  jacfwd: (f) => (x) => jacfwd(only(f))(x) as Tensor,
  hessian: (f) => (x) => hessian(only(f))(x) as Tensor,
  vmap: (f) => (x) => vmap((s: Tensor) => f(np.array([1, 2, 3]).mul(s)), { axisName: 'batch' })(x).slice(0),
  jit: (f) => (x) => jit(f)(x),
  checkpoint: (f) => (x) => checkpoint(f)(x),
  scan: (f) => (x) => scan((c: Tensor) => [f(c), null] as const, x, null, { length: 2 })[0],
  map: (f) => (x) => lax.map((s: Tensor) => f(np.array([1, 2, 3]).mul(s)), x).slice(0),
  'a body of whileLoop': (f) => (x) => whileLoop((c: Tensor) => c.sum().lt(1), f, x),
  'a condition of whileLoop': (f) => (x) =>
    whileLoop(
      (c: Tensor) => f(c).sum().lt(1),
      (c) => c,
      x,
    ),
  foriLoop: (f) => (x) => foriLoop(0, 2, (_, c: Tensor) => f(c), x),
  cond: (f) => (x) => cond(x.sum().gt(0), f, (y: Tensor) => y, x),
  switchCase: (f) => (x) => switchCase(1, [(y: Tensor) => y, f], x),
  associativeScan: (f) => (x) =>
    associativeScan(
      (a: Tensor, b: Tensor) =>
        f(np.array([1, 2, 3]))
          .sum()
          .add(a)
          .add(b),
      x,
    ),
  'a function of customJvp': (f) => (x) => customJvp(f, ([y], [dy]) => [y, dy])(x),
  'a rule of customJvp': (f) => (x) =>
    jvp(
      customJvp(
        (y: Tensor) => y.mul(2),
        ([y], [dy]) => [f(y), dy],
      ),
      [x],
      [x],
    )[0] as Tensor,
  'a function of customVjp': (f) => (x) =>
    customVjp(
      f,
      (y: Tensor) => [y, y],
      (_, ct: Tensor) => [ct],
    )(x),
  'a forward function of customVjp': (f) => (x) =>
    grad(
      only(
        customVjp(
          (y: Tensor) => y,
          (y: Tensor) => [f(y), y],
          (_, ct: Tensor) => [ct],
        ),
      ),
    )(x),
  'a backward function of customVjp': (f) => (x) =>
    grad(
      only(
        customVjp(
          (y: Tensor) => y,
          (y: Tensor) => [y, y],
          (y: Tensor, ct: Tensor) => [f(y).mul(ct)],
        ),
      ),
    )(x),
  customRoot: (f) => (x) =>
    lax.customRoot(
      (y: Tensor) => f(y).sub(x),
      x,
      (g, y: Tensor) => g(y),
      (_, rhs) => rhs,
    ) as Tensor,
  customLinearSolve: (f) => (x) =>
    lax.customLinearSolve(
      (y: Tensor) => y,
      x,
      (_, b: Tensor) => f(b),
    ) as Tensor,
  evalShape: (f) => (x) => np.ones((evalShape(f, x) as { shape: readonly number[] }).shape),
  makeProgram: (f) => (x) => {
    makeProgram(f)(x)
    return x
  },
  fromfunction: (f) => () => np.fromfunction((i) => f(i), [3]),
}

describe('an error in the middle of', () => {
  for (const [outer, around] of Object.entries(callers)) {
    it(`${outer}, and of everything within it`, () => {
      for (const [name, [f, error]] of Object.entries(mishaps)) {
        // A shape that nobody computes may come from anywhere.
        if (outer === 'evalShape' && name === 'a tracer of another transform') continue
        expect(() => around(f)(np.array([1, 2, 3])), name).toThrow(error as never)
        expect(currentTrace()).toBe(baseTrace())
        expect(axesKey()).toBe('')
      }
      for (const inner of Object.values(callers)) {
        try {
          around(inner(mishaps['an error of its own']?.[0] as Unary))(np.array([1, 2, 3]))
        } catch {
          // Some do not nest; what counts is what they leave behind.
        }
        expect(currentTrace()).toBe(baseTrace())
        expect(axesKey()).toBe('')
      }
      expectAsBefore()
    })
  }
  it('a function whose tracer is used afterwards', () => {
    expect(() => np.sin(outside[0] as Tensor)).toThrow(LeakedTracerError)
    expectAsBefore()
  })
})

describe('memory that is not there', () => {
  const hopeless: Readonly<Record<string, () => unknown>> = {
    'of a result': () => lax.pad(np.ones([3]), np.array(0), [[0, 0, 2 ** 29]]).data(),
    'of a result beyond all bounds': () => lax.pad(np.ones([3]), np.array(0), [[0, 0, 2 ** 30]]),
    'of a JavaScript array': () => np.zeros([2 ** 33]).toArray(),
    'of a jitted result': () => jit((x: Tensor) => lax.pad(x, 0, [[0, 0, 2 ** 29]]))(np.ones([3])),
    'of scratch': () => np.sort(np.broadcastTo(np.ones([1]), [2 ** 30]).add(0)),
  }
  it.each(Object.entries(hopeless))('%s', (_, ask) => {
    const resident = residentBytes()
    const taken = memory()
    for (let i = 0; i < 3; i++) expect(ask).toThrow(OutOfMemoryError)
    expect(residentBytes()).toBeLessThanOrEqual(resident)
    expect(memory()).toBe(taken)
    expectAsBefore()
  })

  it('is found after a program that took much of it', () => {
    const wide = jit((x: Tensor) => np.cumsum(np.sin(x.add(np.zeros([3e7])))).sum())
    expect(wide(np.array(0)).item()).toBe(0)
    expect(work()).toBe(before)
    expect(np.cumsum(np.sin(np.ones([25e6]))).shape).toEqual([25e6])
    expectAsBefore()
  })

  it('may be refused at every growth, once', async () => {
    const fresh = async () => {
      vi.resetModules()
      const library = await import('../src/index.js')
      library.configure({ threads: 3 })
      return { library, shared: (await import('../src/runtime/memory.js')).kernels().memory }
    }
    type Library = Awaited<ReturnType<typeof fresh>>['library']
    const task = ({ np, jit, scan, random }: Library): readonly number[] => {
      const x = np.array(Float32Array.from({ length: 3e5 }, (_, i) => Math.sin(i))).reshape([500, 600])
      const loop = jit(
        (y: Tensor) => scan((c: Tensor, row: Tensor) => [c.add(np.exp(row)), c] as const, y.slice(0), y)[1],
      )
      const results = [
        np.matmul(x, x.T),
        np.sort(x.mul(2), { axis: 0 }),
        loop(x),
        jit((y: Tensor) => np.tanh(np.matmul(y, y.T)).add(y.sum()))(x),
        np.concatenate([x, x, x, x, x, x, x, x]).mul(random.normal(random.key(1), [4000, 600])),
        jit((y: Tensor) => np.sort(np.concatenate([y, y, y, y, y, y, y, y])))(x),
      ]
      return results.map((y) => np.sum(y.mul(y)).item())
    }
    const clean = await fresh()
    const expected = task(clean.library)
    const { library, shared } = await fresh()
    const grow = shared.grow.bind(shared)
    let refused = 0
    let attempts = 0
    // The generous step and the least one, and both again when everything that can has gone.
    shared.grow = (pages) => {
      if (attempts++ % 5 < 4) throw new globalThis.RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded')
      return grow(pages)
    }
    for (;;) {
      try {
        expect(task(library)).toEqual(expected)
        break
      } catch (error) {
        expect((error as PuregradError)._tag, String(error)).toBe('OutOfMemoryError')
        refused++
      }
    }
    expect(refused).toBeGreaterThan(2)
    expect(task(library)).toEqual(expected)
    expect(shared.buffer.byteLength).toBeLessThanOrEqual(2 * clean.shared.buffer.byteLength)
  })
})

interface FailingParams extends Params {
  readonly at: 'once' | 'in parts' | 'out of bounds'
}

describe('errors below the operations', () => {
  const failing: Primitive<FailingParams> = primitive<FailingParams>({
    name: 'failing',
    operands: 1,
    parameters: { at: oneOf('once', 'in parts', 'out of bounds') },
    abstract: ([x]) => [x as Tensor],
    lower: (emit, [x], [y], { at }) => {
      emit.scratch(2 ** 22)
      if (at === 'once') stop()
      emit.parallel(64, 1e9, (part, first) => {
        if (at === 'in parts' && first > 0) stop()
        part.call('sqrt_f32', at === 'out of bounds' ? 2 ** 32 - 8 : (x?.pointer ?? 0), y?.pointer ?? 0, 64)
      })
    },
    jvp: ([x], [dx], params) => [bind(failing, [x as Tensor], params), [dx ?? null]],
    batch: ([x], [axis]) => [[x as Tensor], [axis ?? null]],
  })
  const run = (at: FailingParams['at']) => (x: Tensor) => bind(failing, [x], { at })[0] as Tensor

  for (const at of ['once', 'in parts'] as const) {
    it(`in lowering, ${at}`, () => {
      const resident = residentBytes()
      expect(() => run(at)(large)).toThrow(Stop)
      expect(() => jit(run(at))(large)).toThrow(Stop)
      expect(() => jit(valueAndGrad((x: Tensor) => run(at)(x).sum()))(large)).toThrow(Stop)
      expect(residentBytes()).toBeLessThanOrEqual(resident)
      expectAsBefore()
    })
  }
  it('in the middle of a call: what was given up to it, and only that, is gone and says so', () => {
    const step = jit((x: Tensor, y: Tensor) => [x.mul(2), run('out of bounds')(y)] as const, { donateArgnums: 0 })
    const [x, y] = [large.add(0), large.add(1)]
    const resident = residentBytes()
    expect(() => step(x, y)).toThrow()
    expect(() => x.data()).toThrow(DonatedTensorError)
    expect(residentBytes()).toBeLessThanOrEqual(resident)
    expect(y.sum().item()).toBe(large.add(1).sum().item())
    expectAsBefore()
  })
  it('in threads, as often as it happens', () => {
    for (let i = 0; i < 4; i++) {
      expect(() => run('out of bounds')(large)).toThrow()
      expectAsBefore()
      expect(() => jit(run('out of bounds'))(large)).toThrow()
      expectAsBefore()
      // Nobody is in the middle of a job.
      expect(new Int32Array(kernels().memory.buffer, controlBlock(), 16)[9]).toBe(0)
    }
  })
})

describe('a full call stack', () => {
  /** Calls `f` at every depth from the last one that there is, until it works. */
  const dive = (f: () => unknown, errors: Set<unknown>): boolean => {
    try {
      if (dive(f, errors)) return true
    } catch {
      // deeper than there is room
    }
    try {
      f()
      return true
    } catch (error) {
      errors.add(error)
      return false
    }
  }
  const tasks: Readonly<Record<string, () => unknown>> = {
    'an eager operation': () => np.sin(small),
    'a large eager operation': () => np.matmul(large, large.T),
    'a jitted function': () => jitted(large),
    'tracing and compiling': () =>
      jit((x: Tensor) =>
        vmap(
          grad((y: Tensor) => np.tanh(y).sum()),
          { axisName: 'i' },
        )(x),
      )(small),
    everything: () => work(),
  }
  it.each(Object.entries(tasks))('under %s', (_, task) => {
    const errors = new Set<unknown>()
    expect(dive(task, errors)).toBe(true)
    expect(errors.size).toBeGreaterThan(0)
    expectAsBefore()
  })
  it('is named', () => {
    const endless = (x: Tensor): Tensor => endless(x.add(1))
    expect(() => endless(small)).toThrow()
    const errors = new Set<unknown>()
    dive(() => jitted(large), errors)
    expect([...errors].some((e) => e instanceof EnvironmentError || e instanceof globalThis.RangeError)).toBe(true)
    expect([...errors].some((e) => e instanceof WorkerError)).toBe(false)
    expectAsBefore()
  })
})
