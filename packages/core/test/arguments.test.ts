/** What functions are called with by mistake: the error names function, argument and cure. */
import {
  ArgumentError,
  grad,
  hessian,
  jit,
  jvp,
  lax,
  np,
  type PuregradError,
  pipe,
  random,
  scan,
  type Tensor,
  TreeError,
  tree,
  valueAndGrad,
  vmap,
} from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const x = np.ones([2, 3])
const key = random.key(0)
const sum = (v: Tensor): Tensor => v.sum()

/** Calls as plain JavaScript makes them. */
const wrong = <T>(value: T): never => value as never

const messageOf = (f: () => unknown, kind: new (...args: never[]) => PuregradError = ArgumentError): string => {
  try {
    f()
  } catch (error) {
    expect(error).toBeInstanceOf(kind)
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

describe('options', () => {
  it.each([
    ['a number for an axis', () => np.sum(x, wrong(0)), /^sum: .*not as 0\. Did you mean \{ axis: 0 \}\?/],
    ['another axis', () => np.take(x, [0], wrong(1)), /^take: .*\{ axis: 1 \}/],
    ['argnums', () => grad(sum, wrong(1)), /^grad: .*\{ argnums: 1 \}/],
    ['axes of a batch', () => vmap(sum, wrong([0, null])), /^vmap: .*\{ inAxes: \[0, null\] \}/],
    ['a dtype', () => random.normal(key, [3], wrong('float64')), /^random\.normal: .*\{ dtype: 'float64' \}/],
    ['a second size', () => np.zeros(3, wrong(4)), /^zeros: .*not as 4/],
    ['tensors one by one', () => np.stack(x as never, wrong(x)), /^stack: .*not as a tensor float32\[2,3\]/],
    ['null', () => np.sum(x, wrong(null)), /^sum: .*not as null/],
    [
      'an axis that the name says',
      () => (np.vsplit as (...args: unknown[]) => unknown)(x, 2, { axis: 1 }),
      /^vsplit: there is no option 'axis', nor any other/,
    ],
    [
      'bounds by name',
      () => (np.clip as (...args: unknown[]) => unknown)(x, { max: 3 }),
      /^clip: bounds are positional/,
    ],
  ])('given as %s', (_, f, message) => expect(messageOf(f)).toMatch(message))

  it.each([
    ['sum', () => np.sum(x, wrong({ axes: 0 })), 'axes', 'axis'],
    ['sum', () => pipe(x, (np.sum as unknown as (o: unknown) => (v: Tensor) => Tensor)({ axes: 0 })), 'axes', 'axis'],
    ['mean', () => np.mean(x, wrong({ keepdim: true })), 'keepdim', 'keepdims'],
    ['std', () => np.std(x, wrong({ dim: 0 })), 'dim', 'axis'],
    ['grad', () => grad(sum, wrong({ has_aux: true })), 'has_aux', 'hasAux'],
    ['valueAndGrad', () => valueAndGrad(sum, wrong({ argNums: 0 })), 'argNums', 'argnums'],
    ['hessian', () => hessian(sum, wrong({ argnum: 0 })), 'argnum', 'argnums'],
    ['jit', () => jit(sum, wrong({ staticArgNums: 0 })), 'staticArgNums', 'staticArgnums'],
    ['vmap', () => vmap(sum, wrong({ in_axes: 0 })), 'in_axes', 'inAxes'],
    ['scan', () => scan((c: Tensor) => [c, null], x, null, wrong({ len: 3 })), 'len', 'length'],
    [
      'random.choice',
      () => random.choice(key, 3, wrong({ probabilities: x, shapes: [2] })),
      'probabilities',
      undefined,
    ],
    ['sort', () => lax.sort(x, wrong({ dimensions: 0 })), 'dimensions', 'dimension'],
    ['linspace', () => np.linspace(0, 1, wrong({ nums: 3 })), 'nums', 'num'],
    ['meshgrid', () => np.meshgrid(x.slice(0), wrong({ index: 'ij' })), 'index', 'indexing'],
    ['arange', () => np.arange(3, wrong({ type: 'int32' })), 'type', 'dtype'],
    ['linalg.svd', () => np.linalg.svd(x, wrong({ full_matrices: false })), 'full_matrices', 'fullMatrices'],
  ])('misspelt in %s', (name, f, given, meant) => {
    const message = messageOf(f)
    expect(message.startsWith(`${name}: there is no option '${given}'.`)).toBe(true)
    expect(message.includes('Did you mean')).toBe(meant !== undefined)
    if (meant !== undefined) expect(message).toContain(`Did you mean '${meant}'?`)
  })

  it('may be left undefined', () => {
    expect(np.sum(x, undefined).item()).toBe(6)
    expect(np.sum(x, wrong({ axis: undefined })).item()).toBe(6)
  })
})

describe('operands', () => {
  it.each([
    ['matmul', () => np.matmul(x, wrong(undefined)), /^matmul: argument 2 of 2 is undefined, .*misspelt/],
    ['matmul', () => x.matmul(wrong(undefined)), /^matmul: argument 2 of 2 is undefined/],
    ['matmul', () => pipe(x, np.matmul(wrong(undefined))), /^matmul: argument 1 of 1 is undefined/],
    ['add', () => x.add(wrong([1, 2])), /^add: argument 2 of 2 is \[1, 2\], .*np\.array/],
    ['std', () => np.std(wrong(null)), /^std: argument 1 of 1 is null/],
    ['where', () => np.where(x, x, wrong('a')), /^where: argument 3 of 3 is 'a'/],
    ['sin', () => lax.sin(wrong(undefined)), /^sin: an operand is undefined/],
  ])('of %s that are none', (_, f, message) => expect(messageOf(f)).toMatch(message))

  it('are lists where they are', () => {
    expect(messageOf(() => jvp(sum, wrong(x), wrong(x)))).toMatch(
      /^jvp: the primals are the list .*jvp\(f, \[x\], \[t\]\)/,
    )
  })
  it('are named by their path in trees', () => {
    const f = (p: { readonly w: Tensor }): Tensor => p.w.sum()
    expect(messageOf(() => jit(f)(wrong({ w: undefined })), TreeError)).toMatch(/^jit: arguments\[0\]\.w is undefined/)
    expect(messageOf(() => grad(f)(wrong({ w: undefined })), TreeError)).toMatch(/^grad: argument 0\.w is undefined/)
    expect(messageOf(() => tree.leaves(wrong({ w: 'a' })), TreeError)).toMatch(/^tree\.w is the string 'a'/)
  })
  it('may come from another copy of the library', () => {
    const Other = class {}
    Object.assign(Other.prototype, { [Symbol.for('@puregrad/core tensor')]: true })
    const other = new Other()
    expect(messageOf(() => np.add(x, wrong(other)))).toMatch(/another copy of @puregrad\/core/)
    expect(messageOf(() => tree.leaves(wrong([other])), TreeError)).toMatch(/another copy of @puregrad\/core/)
  })
})
