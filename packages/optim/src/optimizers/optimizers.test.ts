import { grad, jit, np, scan, type Tensor, tree, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../test/values.js'
import {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamw,
  adaptiveGradClip,
  addDecayedWeights,
  amsgrad,
  applyIfFinite,
  applyUpdates,
  chain,
  clipByBlockRms,
  clipByGlobalNorm,
  cosineDecaySchedule,
  cosineOnecycleSchedule,
  ema,
  freeze,
  type GradientTransformation,
  identity,
  injectHyperparams,
  lamb,
  lars,
  lbfgs,
  lion,
  lookahead,
  multiSteps,
  muon,
  nadam,
  normalize,
  partition,
  radam,
  reduceOnPlateau,
  rmsprop,
  sam,
  scale,
  scaleByAdadelta,
  scaleByAdam,
  scaleByAmsgrad,
  scaleByFactoredRms,
  scaleByLion,
  scaleByMuon,
  scaleByParamBlockRms,
  scaleByRadam,
  scaleByRms,
  scaleByRss,
  scaleByShape,
  scaleByTrustRatio,
  scaleByYogi,
  setToZero,
  sgd,
  skipLargeUpdates,
  skipNotFinite,
  trace,
  withEma,
  withSwa,
  yogi,
  zeroNans,
} from '../index.js'

interface Params {
  readonly w: Tensor
  readonly b: Tensor
}

const start: Params = { w: np.array([0.5, -1, 2]), b: np.array(0.25) }
const loss = ({ w, b }: Params, x: Tensor): Tensor => np.square(np.sum(w.mul(x)).add(b).sub(1))
const inputs = np.array([
  [1, 0.5, -1],
  [0, 2, 1],
  [-1, 1, 0.5],
  [2, 0, 1],
])

const update = <S>(optimizer: GradientTransformation<S>, params: Params, state: S, x: Tensor): readonly [Params, S] => {
  const valueFn = (p: Params): Tensor => loss(p, x)
  const gradFn = grad(valueFn)
  const gradient = gradFn(params)
  return optimizer.update(gradient, state, params, { value: valueFn(params), grad: gradient, valueFn, gradFn })
}

const stepOf =
  <S>(optimizer: GradientTransformation<S>) =>
  ([params, state]: readonly [Params, S], x: Tensor): readonly [readonly [Params, S], Tensor] => {
    const [updates, next] = update(optimizer, params, state, x)
    return [[applyUpdates(params, updates), next], loss(params, x)]
  }

const optimizers: Readonly<Record<string, GradientTransformation<unknown>>> = {
  sgd: sgd(0.1) as GradientTransformation<unknown>,
  'sgd with momentum': sgd(0.1, { momentum: 0.9, nesterov: true }) as GradientTransformation<unknown>,
  'adam on a schedule': adam(cosineDecaySchedule(0.1, 10)) as GradientTransformation<unknown>,
  nadam: nadam(0.1) as GradientTransformation<unknown>,
  adamw: adamw(0.1, { mask: { w: true, b: false } }) as GradientTransformation<unknown>,
  adamax: adamax(0.1) as GradientTransformation<unknown>,
  rmsprop: rmsprop(0.1, { momentum: 0.9 }) as GradientTransformation<unknown>,
  'rmsprop, centered': rmsprop(0.1, { centered: true }) as GradientTransformation<unknown>,
  adagrad: adagrad(0.1) as GradientTransformation<unknown>,
  amsgrad: amsgrad(0.1) as GradientTransformation<unknown>,
  radam: radam(0.1) as GradientTransformation<unknown>,
  'radam, trusted': radam(0.1, { threshold: 4.1, b2: 0.9, nesterov: true }) as GradientTransformation<unknown>,
  yogi: yogi(0.1) as GradientTransformation<unknown>,
  adadelta: adadelta(1) as GradientTransformation<unknown>,
  adafactor: adafactor(0.1, { momentum: 0.9, weightDecayRate: 0.01 }) as GradientTransformation<unknown>,
  lion: lion(0.05) as GradientTransformation<unknown>,
  lamb: lamb(0.05, { weightDecay: 0.1 }) as GradientTransformation<unknown>,
  lars: lars(0.1, { weightDecay: 0.1, trustRatioMask: { w: true, b: false } }) as GradientTransformation<unknown>,
  muon: muon(0.1) as GradientTransformation<unknown>,
  lbfgs: lbfgs({ memorySize: 3 }) as GradientTransformation<unknown>,
  'lbfgs without a search': lbfgs({ linesearch: null, learningRate: 0.1 }) as GradientTransformation<unknown>,
  'adaptive clipping': chain(adaptiveGradClip(0.1), clipByBlockRms(1), sgd(0.1)) as GradientTransformation<unknown>,
  ema: chain(ema(0.9), sgd(0.1)) as GradientTransformation<unknown>,
  multiSteps: multiSteps(adam(0.1), 2, { shouldSkipUpdate: skipNotFinite }) as GradientTransformation<unknown>,
  'multiSteps by a schedule': multiSteps(sgd(0.1), (n) => n.add(1), {
    shouldSkipUpdate: skipLargeUpdates(30),
  }) as GradientTransformation<unknown>,
  'a partition': partition({ w: adam(0.1), b: setToZero() }, { w: 'w', b: 'b' }) as GradientTransformation<unknown>,
  freeze: chain(sgd(0.1, { momentum: 0.5 }), freeze({ w: false, b: true })) as GradientTransformation<unknown>,
  lookahead: lookahead(adam(0.1), 3, 0.5, { resetState: true }) as GradientTransformation<unknown>,
  withEma: withEma(adam(0.1), 0.9) as GradientTransformation<unknown>,
  withSwa: withSwa(sgd(0.1), { start: 2, every: 2 }) as GradientTransformation<unknown>,
  sam: sam(sgd(0.1, { momentum: 0.9 }), chain(normalize(), sgd(0.05))) as GradientTransformation<unknown>,
  'sam, opaque': sam(adam(0.1), chain(normalize(), sgd(0.05)), { opaqueMode: true }) as GradientTransformation<unknown>,
  injectHyperparams: injectHyperparams(({ rate, b1 }) => adam(rate, { b1 }), {
    rate: cosineOnecycleSchedule(10, 1),
    b1: 0.8,
  }) as GradientTransformation<unknown>,
  applyIfFinite: applyIfFinite(adam(0.1), 2) as GradientTransformation<unknown>,
  zeroNans: chain(zeroNans(), sgd(0.1)) as GradientTransformation<unknown>,
  reduceOnPlateau: chain(sgd(0.1), reduceOnPlateau({ patience: 1, cooldown: 1 })) as GradientTransformation<unknown>,
  'a clipped chain': chain(clipByGlobalNorm(1), adam(0.1)) as GradientTransformation<unknown>,
}

describe.each(Object.entries(optimizers))('%s', (_, optimizer) => {
  const step = stepOf(optimizer)
  const first = [start, optimizer.init(start)] as const
  const stepped = [...inputs].reduce<readonly [Params, unknown]>((carry, x) => step(carry, x)[0], first)

  it('gives a state of the same structure and types at every step', () => {
    const types = (x: unknown): unknown => tree.map((leaf: Tensor) => `${leaf.dtype}[${leaf.shape}]`, x as Tensor)
    expect(types(stepped[1])).toEqual(types(first[1]))
  })

  it('takes whole steps under jit and in a scan, bit for bit', () => {
    const once = jit(step)
    const jitted = [...inputs].reduce<readonly [Params, unknown]>(
      (carry, x) => once(carry, x)[0] as typeof first,
      first,
    )
    expect(numbers(jitted)).toEqual(numbers(stepped))
    expect(once.stats().traces).toBe(1)
    const [scanned] = scan(step as never, first as never, inputs) as unknown as readonly [typeof first]
    expect(numbers(scanned)).toEqual(numbers(stepped))
  })

  it('trains many parameters at once under vmap, each as if alone', () => {
    const starts = [1, 2, 3].map((k): Params => ({ w: start.w.mul(k), b: start.b.sub(k) }))
    const stacked: Params = { w: np.stack(starts.map(({ w }) => w)), b: np.stack(starts.map(({ b }) => b)) }
    const train = (p: Params): Params =>
      [...inputs].reduce<readonly [Params, unknown]>((c, x) => step(c, x)[0], [p, optimizer.init(p)])[0]
    const together = vmap(train)(stacked)
    starts.forEach((p, i) => {
      const alone = train(p)
      alone.w.data().forEach((value, k) => {
        expect(together.w.slice(i, k).item()).toBeCloseTo(value, 5)
      })
      expect(together.b.slice(i).item()).toBeCloseTo(alone.b.item(), 5)
    })
  })
})

describe('recipes', () => {
  const same = (a: GradientTransformation<never>, b: GradientTransformation<never>): void => {
    const run = (t: GradientTransformation<never>): unknown =>
      numbers(
        [...inputs].reduce<readonly [Params, never]>((carry, x) => stepOf(t)(carry, x)[0], [start, t.init(start)])[0],
      )
    expect(run(a)).toEqual(run(b))
  }

  it('are what they are chained from', () => {
    same(adam(0.1) as never, chain(scaleByAdam(), scale(-0.1)) as never)
    same(sgd(0.1) as never, chain(identity, scale(-0.1)) as never)
    same(sgd(0.1, { momentum: 0.5 }) as never, chain(trace(0.5), scale(-0.1)) as never)
    same(adamw(0.1, { weightDecay: 0.2 }) as never, chain(scaleByAdam(), addDecayedWeights(0.2), scale(-0.1)) as never)
    same(nadam(0.1) as never, adam(0.1, { nesterov: true }) as never)
    same(rmsprop(0.1, { decay: 0.5 }) as never, chain(scaleByRms({ decay: 0.5 }), scale(-0.1)) as never)
    same(rmsprop(0.1, { momentum: 0.5 }) as never, chain(scaleByRms(), scale(-0.1), trace(0.5)) as never)
    same(adagrad(0.1) as never, chain(scaleByRss(), scale(-0.1)) as never)
    same(amsgrad(0.1, { b1: 0.5 }) as never, chain(scaleByAmsgrad({ b1: 0.5 }), scale(-0.1)) as never)
    same(radam(0.1, { b2: 0.9 }) as never, chain(scaleByRadam({ b2: 0.9 }), scale(-0.1)) as never)
    same(yogi(0.1) as never, chain(scaleByYogi(), scale(-0.1)) as never)
    same(
      adadelta(0.1, { rho: 0.5, weightDecay: 0.1 }) as never,
      chain(addDecayedWeights(0.1), scaleByAdadelta({ rho: 0.5 }), scale(-0.1)) as never,
    )
    same(
      lion(0.1, { b2: 0.5, mask: { w: true, b: false } }) as never,
      chain(scaleByLion({ b2: 0.5 }), addDecayedWeights(1e-3, { mask: { w: true, b: false } }), scale(-0.1)) as never,
    )
    same(
      lamb(0.1, { weightDecay: 0.2 }) as never,
      chain(scaleByAdam({ eps: 1e-6 }), addDecayedWeights(0.2), scaleByTrustRatio(), scale(-0.1)) as never,
    )
    same(
      lars(0.1, { weightDecay: 0.2, trustCoefficient: 0.5, momentum: 0.8, nesterov: true }) as never,
      chain(
        addDecayedWeights(0.2),
        scaleByTrustRatio({ trustCoefficient: 0.5 }),
        scale(-0.1),
        trace(0.8, { nesterov: true }),
      ) as never,
    )
    same(
      adafactor(0.1, { momentum: 0.9, weightDecayRate: 0.2, decayRate: 0.5 }) as never,
      chain(
        scaleByFactoredRms({ decayRate: 0.5 }),
        clipByBlockRms(1),
        scale(0.1),
        scaleByParamBlockRms(),
        ema(0.9, { debias: false }),
        addDecayedWeights(0.2),
        scale(-1),
      ) as never,
    )
    same(
      adafactor(null, { clippingThreshold: null, multiplyByParameterScale: false }) as never,
      chain(scaleByFactoredRms(), scale(-1)) as never,
    )
    same(muon(0.1) as never, nadam(0.1) as never)
  })

  it('muon gives matrices to Muon and the rest to Adam, or what its dimension numbers say', () => {
    const params = {
      w: np.array([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      k: np.ones([2, 2, 3]),
      b: np.array([1, -1]),
    }
    const run = <S>(t: GradientTransformation<S>, p: unknown): unknown => numbers(t.update(p, t.init(p), p)[0])
    const muonAlone = chain(scaleByMuon(), scaleByShape({ consistentRms: 0.2 }), addDecayedWeights(0.1), scale(-0.5))
    const options = { consistentRms: 0.2, weightDecay: 0.1, adamLearningRate: 0.1, adamWeightDecay: 0.3 }
    const adamAlone = adamw(0.1, { nesterov: true, weightDecay: 0.3 })
    const { w, k, b } = params
    const both = run(muon(0.5, options), params) as Record<string, unknown>
    expect(both.w).toEqual((run(muonAlone, { w }) as typeof both).w)
    expect({ k: both.k, b: both.b }).toEqual(run(adamAlone, { k, b }))
    const reduction = { reductionAxis: [0, 1], outputAxis: 2 }
    const weightDimensionNumbers = (leaf: Tensor) => (leaf.ndim === 3 ? reduction : null)
    const kernels = run(muon(0.5, { ...options, weightDimensionNumbers }), params) as typeof both
    const matrix = run(muonAlone, { k: k.reshape([4, 3]) }) as typeof both
    expect(String(kernels.k).split('] ')[1]).toBe(String(matrix.k).split('] ')[1])
    expect({ w: kernels.w, b: kernels.b }).toEqual(run(adamAlone, { w, b }))
  })

  it('take a tensor as learning rate, to be batched and differentiated', () => {
    const after = (learningRate: Tensor): Tensor => {
      const optimizer = adam(learningRate)
      const [updates] = optimizer.update(grad(loss)(start, np.ones([3])), optimizer.init(start), start)
      return loss(applyUpdates(start, updates), np.ones([3]))
    }
    const rates = np.array([0.01, 0.1])
    const losses = vmap(after)(rates)
    ;[0.01, 0.1].forEach((rate, i) => {
      expect(losses.slice(i).item()).toBeCloseTo(after(np.array(rate)).item(), 6)
    })
    const slope = (after(np.array(0.1001)).item() - after(np.array(0.0999)).item()) / 2e-4
    expect(grad(after)(np.array(0.1)).item()).toBeCloseTo(slope, 2)
  })
})

describe('on a quadratic', () => {
  /** ½ Σ a (w − 1)² with its minimum 0 at 1, from 0.1 on: 2.8 at first. */
  const curvature = np.array([
    [1, 2],
    [0.5, 3.5],
  ])
  const quadratic = (w: Tensor): Tensor => np.sum(curvature.mul(np.square(w.sub(1)))).div(2)
  const erased = <S>(t: GradientTransformation<S>) => t as GradientTransformation<unknown>
  const cases: readonly (readonly [string, GradientTransformation<unknown>, steps: number, below: number])[] = [
    ['sgd', erased(sgd(0.3)), 200, 1e-6],
    ['adam', erased(adam(cosineDecaySchedule(0.1, 300))), 300, 1e-4],
    ['amsgrad', erased(amsgrad(0.1)), 400, 1e-4],
    ['radam', erased(radam(0.1)), 400, 1e-3],
    ['yogi', erased(yogi(cosineDecaySchedule(0.1, 300))), 300, 1e-4],
    ['adadelta', erased(adadelta(10)), 400, 1e-2],
    ['lion', erased(lion(cosineDecaySchedule(0.05, 300), { weightDecay: 0 })), 300, 1e-3],
    ['lamb', erased(lamb(cosineDecaySchedule(0.1, 300))), 300, 1e-2],
    ['lars', erased(lars(cosineDecaySchedule(10, 300), { trustCoefficient: 0.001 })), 300, 1e-1],
    ['adafactor', erased(adafactor(cosineDecaySchedule(0.1, 300))), 300, 1e-2],
    ['muon', erased(muon(cosineDecaySchedule(0.1, 300))), 300, 1e-3],
    ['lookahead', erased(lookahead(adam(0.1), 5, 0.5)), 300, 1e-2],
    ['sam', erased(sam(sgd(0.2), chain(normalize(), sgd(0.01)))), 300, 1e-3],
    ['lbfgs', erased(lbfgs() as never), 12, 1e-6],
  ]

  it.each(cases)('%s comes to the minimum', (_, optimizer, steps, below) => {
    const step = jit((w: Tensor, state: unknown) => {
      const gradient = grad(quadratic)(w)
      const extra = { value: quadratic(w), grad: gradient, valueFn: quadratic }
      const [updates, next] = optimizer.update(gradient, state, w, extra)
      return [applyUpdates(w, updates), next]
    })
    let w = np.full([2, 2], 0.1)
    let state = optimizer.init(w)
    for (let i = 0; i < steps; i++) [w, state] = step(w, state) as [Tensor, unknown]
    expect(quadratic(w).item()).toBeLessThan(below)
  })
})
