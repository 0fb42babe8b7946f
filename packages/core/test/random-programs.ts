/** Functions made at random: straight lines of operations with loops and branches, under stacks of transforms that change nothing. */
import {
  checkpoint,
  cond,
  customJvp,
  customVjp,
  foriLoop,
  grad,
  jit,
  jvp,
  lax,
  linearize,
  map,
  np,
  scan,
  stopGradient,
  switchCase,
  type Tensor,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
} from '@puregrad/core'
import fc from 'fast-check'

/** From two float64 vectors of one length to a number. */
export type Scalar = (x: Tensor, y: Tensor) => Tensor

type Step = (a: Tensor, b: Tensor) => Tensor

const column = (a: Tensor): Tensor => a.reshape([a.size, 1])

/** Smooth steps between vectors of one length, bounded so that long programs stay in range. */
const smooth: Readonly<Record<string, Step>> = {
  add: (a, b) => np.tanh(a.add(b)),
  sub: (a, b) => np.sin(a.sub(b)),
  mul: (a, b) => a.mul(b).mul(0.5),
  div: (a, b) => a.div(b.mul(b).add(1)),
  exp: (a) => np.exp(np.tanh(a)).sub(1),
  logistic: (a, b) => lax.logistic(a).sub(b.mul(0.1)),
  pow: (a, b) => np.power(a.mul(a).add(0.5), np.tanh(b)).sub(1),
  mean: (a, b) => a.sub(b.mean()),
  outer: (a, b) => np.tanh(column(a).mul(b).sum({ axis: 0 })),
  matmul: (a, b) => np.tanh(column(a).mul(b).matmul(a)),
  cumsum: (a) => np.tanh(np.cumsum(a)),
  flip: (a, b) =>
    a
      .slice({ step: -1 })
      .add(b.slice({ step: -1 }))
      .mul(0.7),
  concatenate: (a, b) => np.concatenate([a, b]).slice({ step: 2 }),
  gather: (a) => a.slice([...Array(a.size).keys()].map((i) => (i * i) % a.size)),
  scatter: (a, b) => a.at(0).set(b.sum().mul(0.3)),
  softmax: (a, b) => lax.softmax(a, 0).mul(b),
  nested: (a, b) => jit((c: Tensor) => np.sin(c.mul(b)))(a),
  gradient: (a, b) => grad((c: Tensor) => np.sin(c).mul(b).sum())(a),
  perExample: (a, b) => vmap((c: Tensor, d: Tensor) => np.sin(c.mul(d)))(a, b),
  scan: (a, b) =>
    scan((c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [np.tanh(c.add(e)), c.mul(e)], b.mean(), a)[1],
  backwards: (a, b) =>
    scan((c: Tensor, e: Tensor): readonly [Tensor, Tensor] => [c.mul(0.5).add(e), np.sin(c)], b.sum(), a, {
      reverse: true,
    })[1],
  loop: (a, b) => foriLoop(0, 3, (_: Tensor, c: Tensor) => np.sin(c.add(b)), a),
  cond: (a, b) =>
    cond(
      a.sum().gt(b.sum().mul(0.9).add(0.05)),
      (c: Tensor) => np.sin(c),
      (c: Tensor) => c.mul(b),
      a,
    ),
  switch: (a, b) =>
    switchCase(
      b.sum().mul(4).astype('int32'),
      [np.sin, (c: Tensor) => c.mul(0.5), (c: Tensor) => np.tanh(c).mul(b)],
      a,
    ),
  ownRule: (a, b) =>
    customJvp(
      (c: Tensor) => np.sin(c),
      ([c], [dc]) => [np.sin(c), np.cos(c).mul(dc)],
    )(a).mul(b),
  remembered: (a, b) => checkpoint((c: Tensor, d: Tensor) => np.sin(np.tanh(c).mul(d)))(a, b),
  constant: (a, b) => a.mul(stopGradient(np.array(b.size).astype('float64')).mul(0.2)),
}

/** Steps without reverse mode. */
const forwardOnly: Readonly<Record<string, Step>> = {
  while: (a, b) =>
    whileLoop(
      (c: Tensor) => c.mul(c).sum().gt(0.5),
      (c: Tensor) => c.mul(0.6).add(b.mul(0.01)),
      a,
    ),
  counted: (a, b) =>
    whileLoop(
      ([i]: readonly [Tensor, Tensor]) => i.lt(3),
      ([i, c]: readonly [Tensor, Tensor]) => [i.add(1), np.sin(c.mul(b))] as const,
      [np.array(0).astype('int32'), a] as const,
    )[1],
}

/** Steps without forward mode. */
const reverseOnly: Readonly<Record<string, Step>> = {
  ownPullback: (a, b) =>
    customVjp(
      (c: Tensor) => np.sin(c),
      (c: Tensor) => [np.sin(c), np.cos(c)] as const,
      (slope: Tensor, ct: Tensor) => [ct.mul(slope)],
    )(a).mul(b),
}

const first = (x: Tensor): Tensor => x.reshape([1, ...x.shape])

/** Transforms that give back the function they are given. */
const identities: Readonly<Record<string, (f: Scalar) => Scalar>> = {
  jit: (f) => jit(f),
  checkpoint: (f) => checkpoint(f),
  vmap: (f) => (x, y) => vmap(f)(first(x), first(y)).reshape([]),
  'vmap of one argument': (f) => (x, y) => vmap(f, { inAxes: [0, null] })(first(x), y).reshape([]),
  'vmap of a scan': (f) => (x, y) => vmap((a: Tensor) => map((b: Tensor) => f(a, b), first(y)))(first(x)).reshape([]),
  'derivative of a multiple': (f) => (x, y) => grad((s: Tensor) => s.mul(f(x, y)))(np.array(1).astype('float64')),
  'value beside a gradient': (f) => (x, y) => valueAndGrad(f)(x, y)[0],
  'aux of a gradient': (f) => (x, y) => {
    const withAux = (s: Tensor): readonly [Tensor, Tensor] => [s, f(x, y)]
    return grad(withAux, { hasAux: true })(np.array(1).astype('float64'))[1]
  },
  scan: (f) => (x, y) =>
    scan((c: Tensor): readonly [Tensor, Tensor] => [c.add(1), f(x, y)], np.array(0), null, { length: 1 })[1].reshape(
      [],
    ),
  carry: (f) => (x, y) => foriLoop(0, 2, () => f(x, y), f(x, y).mul(0)),
  cond: (f) => (x, y) => cond(x.sum().lt(100), f, (a: Tensor, b: Tensor) => f(b, a), x, y),
  switchCase: (f) => (x, y) => switchCase(1, [(a: Tensor, b: Tensor) => f(b, a), f], x, y),
  linearize: (f) => (x, y) => linearize(f, x, y)[0],
  vjp: (f) => (x, y) => vjp(f, x, y)[0],
}

/** The same with forward mode inside. */
const forwardIdentities: Readonly<Record<string, (f: Scalar) => Scalar>> = {
  'slope of a multiple': (f) => (x, y) =>
    jvp((s: Tensor) => s.mul(f(x, y)), [np.array(1).astype('float64')], [np.array(1).astype('float64')])[1],
  'value beside a slope': (f) => (x, y) => jvp(f, [x, y], [x, y])[0],
}

export interface Recipe {
  readonly steps: readonly { readonly step: string; readonly left: number; readonly right: number }[]
  readonly transforms: readonly string[]
}

export type Modes = 'both' | 'forward' | 'reverse'

const stepsOf = (modes: Modes): Readonly<Record<string, Step>> =>
  modes === 'both' ? smooth : { ...smooth, ...(modes === 'forward' ? forwardOnly : reverseOnly) }

const transformsOf = (modes: Modes): Readonly<Record<string, (f: Scalar) => Scalar>> => {
  if (modes === 'both') return { ...identities, ...forwardIdentities }
  const noReverse = ['derivative of a multiple', 'value beside a gradient', 'vjp', 'linearize', 'aux of a gradient']
  if (modes === 'reverse') return identities
  const rest = Object.entries(identities).filter(([name]) => !noReverse.includes(name))
  return { ...Object.fromEntries(rest), ...forwardIdentities }
}

/** Recipes of programs that have these derivatives. */
export const recipes = (modes: Modes, length = 6, depth = 3): fc.Arbitrary<Recipe> =>
  fc.record({
    steps: fc.array(
      fc.record({ step: fc.constantFrom(...Object.keys(stepsOf(modes))), left: fc.nat(20), right: fc.nat(20) }),
      { minLength: 1, maxLength: length },
    ),
    transforms: fc.array(fc.constantFrom(...Object.keys(transformsOf(modes))), { maxLength: depth }),
  })

/** The program of a recipe, without its transforms. */
export const plain =
  ({ steps }: Recipe): Scalar =>
  (x, y) => {
    const all: Record<string, Step> = { ...smooth, ...forwardOnly, ...reverseOnly }
    const values = [x, y]
    for (const { step, left, right } of steps) {
      // Mostly recent values, so that programs are deep.
      const at = (n: number): Tensor => values[values.length - 1 - (n % Math.min(3, values.length))] as Tensor
      values.push((all[step] as Step)(at(left), at(right)))
    }
    return (values[values.length - 1] as Tensor).mul(np.cos(values[values.length - 2] as Tensor)).sum()
  }

/** The program under its transforms, the first one innermost. */
export const transformed = (recipe: Recipe): Scalar =>
  recipe.transforms.reduce<Scalar>(
    (f, name) => ({ ...identities, ...forwardIdentities })[name]?.(f) ?? f,
    plain(recipe),
  )
