/** Every loss to third order against closed forms, at ties, at zero, tiny and huge. A new one has to enter the table. */
import { grad, hessian, np, random, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import {
  bell,
  type Case,
  curve,
  differences,
  type Jet,
  line,
  mirrored,
  product,
  ramp,
  sigma,
  sum,
} from '../../test/jets.js'
import { expectNear, f64, i32 } from '../../test/near.js'
import * as losses from './index.js'

const zero: Jet = () => [0, 0, 0, 0]
const constant =
  (value: number): Jet =>
  () => [value, 0, 0, 0]
const minus = (f: Jet): Jet => sum(-1, f, 0, zero)
const moderate = [0, 1e-8, 0.25, 0.5, 1, 2, 3, -1e-8, -0.5, -1, -3, 17.5, -17.5]
const probabilities = [1e-3, 0.25, 0.5, 0.75, 0.999]

const square: Jet = (x) => [x * x, 2 * x, 2, 0]
const size: Jet = (x) => [Math.abs(x), Math.sign(x), 0, 0]
const huber =
  (delta: number): Jet =>
  (x) =>
    Math.abs(x) <= delta
      ? [(x * x) / 2, x, 1, 0]
      : [delta * (Math.abs(x) - delta) + delta ** 2 / 2, delta * Math.sign(x), 0, 0]
const logCosh: Jet = (x) => {
  const [t, u, v] = curve(x)
  const a = Math.abs(x)
  return [a < 1 ? Math.log1p(Math.sinh(a) ** 2) / 2 : a + Math.log1p(Math.exp(-2 * a)) - Math.LN2, t, u, v]
}

/** softplus(−x) σ(−x)^gamma: the focal loss of a truth whose logit is x. */
const focal = (gamma: number): Jet => {
  const weight: Jet = (x) => {
    const [s, q] = [sigma(x), sigma(-x)]
    const w = Math.exp(-gamma * (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))))
    const [l1, l2, l3] = [-s, -s * q, -s * q * (q - s)]
    return [
      w,
      gamma * l1 * w,
      (gamma * l2 + gamma ** 2 * l1 ** 2) * w,
      (gamma * l3 + 3 * gamma ** 2 * l1 * l2 + gamma ** 3 * l1 ** 3) * w,
    ]
  }
  return product(mirrored(ramp), weight)
}

/** x / √(x² + 1). */
const cosine: Jet = (x) => {
  const h = Math.hypot(x, 1)
  return [x / h, 1 / h ** 3, (-3 * x) / h ** 5, (-3 * (h * h - 5 * x * x)) / h ** 7]
}
const log: Jet = (x) => [Math.log(x), 1 / x, -1 / x ** 2, 2 / x ** 3]
const logOfRest: Jet = (x) => [Math.log1p(-x), -1 / (1 - x), -1 / (1 - x) ** 2, -2 / (1 - x) ** 3]
const exponential: Jet = (x) => [Math.exp(x), Math.exp(x), Math.exp(x), Math.exp(x)]
/** max(0, f), half of whose slope counts at the tie. */
const hinge =
  (f: Jet): Jet =>
  (x) => {
    const y = f(x)
    return y[0] > 0 ? y : y[0] < 0 ? [0, 0, 0, 0] : [0, y[1] / 2, 0, 0]
  }

const of = (value: number) => (x: Tensor) => np.fullLike(x, value)
/** [x, 0] for each x. */
const pair = (x: Tensor): Tensor => np.stack([x, np.zerosLike(x)], { axis: -1 })
const rows = (x: Tensor, row: readonly number[]): Tensor =>
  np.broadcastTo(np.array(row as number[], { dtype: x.dtype }), [x.shape[0] as number, row.length])
const labelled = (x: Tensor, label: number): Tensor => np.full([x.shape[0] as number], label, { dtype: 'int32' })
const each = (f: (x: Tensor) => Tensor) => (x: Tensor) => vmap(f)(x)
const unit = (x: Tensor): Tensor => np.stack([x, np.onesLike(x)], { axis: -1 })

type Cases = Readonly<Record<string, Case>>

const table: Readonly<Record<keyof typeof losses, Cases>> = {
  squaredError: { '': { f: (x) => losses.squaredError(x, of(0)(x)), jet: square } },
  l2Loss: { '': { f: (x) => losses.l2Loss(x), jet: sum(0.5, square, 0, zero) } },
  absoluteError: { '': { f: (x) => losses.absoluteError(x, of(0)(x)), jet: size } },
  meanSquaredError: { '': { f: each((x) => losses.meanSquaredError(x.reshape([1]))), jet: square } },
  meanAbsoluteError: { '': { f: each((x) => losses.meanAbsoluteError(x.reshape([1]))), jet: size } },
  huberLoss: {
    '': { f: (x) => losses.huberLoss(x), jet: huber(1) },
    'delta 2': { f: (x) => losses.huberLoss(x, of(0)(x), { delta: 2 }), jet: huber(2) },
  },
  smoothL1: {
    '': { f: (x) => losses.smoothL1(x), jet: huber(1) },
    'beta ½': { f: (x) => losses.smoothL1(x, of(0)(x), { beta: 0.5 }), jet: sum(2, huber(0.5), 0, zero) },
    'beta 0': { f: (x) => losses.smoothL1(x, of(0)(x), { beta: 0 }), jet: size },
  },
  logCosh: { '': { f: (x) => losses.logCosh(x), jet: logCosh } },
  sigmoidBinaryCrossEntropy: {
    yes: { f: (x) => losses.sigmoidBinaryCrossEntropy(x, of(1)(x)), jet: mirrored(ramp) },
    no: { f: (x) => losses.sigmoidBinaryCrossEntropy(x, of(0)(x)), jet: ramp },
    'a quarter': {
      f: (x) => losses.sigmoidBinaryCrossEntropy(x, of(0.25)(x)),
      jet: sum(0.75, ramp, 0.25, mirrored(ramp)),
    },
  },
  sigmoidFocalLoss: Object.fromEntries([
    ...[0.5, 1, 1.5, 2, 3].flatMap((gamma): [string, Case][] => [
      [`yes, gamma ${gamma}`, { f: (x) => losses.sigmoidFocalLoss(x, of(1)(x), { gamma }), jet: focal(gamma) }],
      [
        `no, gamma ${gamma}`,
        { f: (x) => losses.sigmoidFocalLoss(x, of(0)(x), { gamma }), jet: mirrored(focal(gamma)) },
      ],
    ]),
    [
      'half',
      {
        f: (x) => losses.sigmoidFocalLoss(x, of(0.5)(x), { gamma: 1 }),
        jet: sum(0.25, ramp, 0.25, mirrored(ramp)),
      },
    ],
  ]),
  softmaxCrossEntropy: {
    '': { f: (x) => losses.softmaxCrossEntropy(pair(x), rows(x, [1, 0])), jet: mirrored(ramp), rounding: 1 },
  },
  safeSoftmaxCrossEntropy: {
    '': { f: (x) => losses.safeSoftmaxCrossEntropy(pair(x), rows(x, [1, 0])), jet: mirrored(ramp), rounding: 1 },
  },
  softmaxCrossEntropyWithIntegerLabels: {
    '': {
      f: (x) => losses.softmaxCrossEntropyWithIntegerLabels(pair(x), labelled(x, 0)),
      jet: mirrored(ramp),
      rounding: 1,
    },
    'with a label that is ignored': {
      f: (x) => losses.softmaxCrossEntropyWithIntegerLabels(pair(x), labelled(x, -1), { ignoreIndex: -1 }),
      jet: zero,
    },
  },
  polyLossCrossEntropy: {
    '': {
      f: (x) => losses.polyLossCrossEntropy(pair(x), rows(x, [1, 0])),
      jet: sum(1, mirrored(ramp), 2, mirrored(bell)),
      rounding: 1,
    },
  },
  crossEntropy: {
    '': {
      f: (x) => losses.crossEntropy(np.stack([x, np.subtract(1, x)], { axis: -1 }), rows(x, [1, 0])),
      jet: minus(log),
      points: probabilities,
    },
  },
  binaryCrossEntropy: {
    yes: { f: (x) => losses.binaryCrossEntropy(x, of(1)(x)), jet: minus(log), points: probabilities },
    no: { f: (x) => losses.binaryCrossEntropy(x, of(0)(x)), jet: minus(logOfRest), points: [0.001, 0.25, 0.5, 0.75] },
  },
  smoothLabels: { '': { f: (x) => losses.smoothLabels(pair(x), 0.5).slice('...', 0), jet: line(0.5, 0.25) } },
  hingeLoss: {
    yes: { f: (x) => losses.hingeLoss(x, of(1)(x)), jet: hinge(line(-1, 1)) },
    no: { f: (x) => losses.hingeLoss(x, of(-1)(x)), jet: hinge(line(1, 1)) },
  },
  perceptronLoss: { '': { f: (x) => losses.perceptronLoss(x, of(1)(x)), jet: hinge(line(-1)) } },
  multiclassHingeLoss: {
    '': {
      f: (x) => losses.multiclassHingeLoss(pair(x), labelled(x, 0)),
      jet: hinge(line(-1, 1)),
      points: moderate,
    },
  },
  multiclassPerceptronLoss: {
    '': { f: (x) => losses.multiclassPerceptronLoss(pair(x), labelled(x, 0)), jet: hinge(line(-1)) },
  },
  tripletMarginLoss: {
    'far from 0, of degree 2': {
      f: (x) => losses.tripletMarginLoss(pair(x), pair(of(0)(x)), pair(of(0)(x)), { eps: 1, margin: 1 }),
      jet: constant(1),
      points: [...moderate, 1e10],
    },
    '√(x² + 1), a tie at 0': {
      f: (x) => losses.tripletMarginLoss(pair(x), pair(of(0)(x)), pair(x), { eps: 1, margin: 1 }),
      jet: (x) => {
        const h = Math.hypot(x, 1)
        return [h, x / h, 1 / h / h / h, (-3 * (x / h)) / h / h / h / h]
      },
      points: [...moderate, 40, -350],
      rounding: 1,
    },
  },
  cosineSimilarity: {
    '': { f: (x) => losses.cosineSimilarity(unit(x), rows(x, [1, 0])), jet: cosine, points: moderate },
  },
  cosineDistance: {
    '': {
      f: (x) => losses.cosineDistance(unit(x), rows(x, [1, 0])),
      jet: sum(1, constant(1), -1, cosine),
      points: moderate,
    },
  },
  infoNce: {
    'a key for one query': {
      f: each((x) => losses.infoNce(unit(x.reshape([1])), unit(x.reshape([1]))).slice(0)),
      jet: zero,
      points: [...moderate, 1e10],
    },
  },
  ntxent: {
    'one pair alone': {
      f: each((x) => losses.ntxent(unit(np.stack([x, x.mul(2)])), i32([0, 0]))),
      jet: zero,
      points: moderate,
    },
  },
  klDivergence: {
    'of a sure target': { f: (x) => losses.klDivergence(pair(x), rows(x, [1, 0])), jet: line(-1) },
    'in the target': {
      f: (x) => losses.klDivergence(pair(of(0)(x)), pair(x)),
      jet: product(line(1), log),
      points: [0.25, 0.5, 1, 3],
    },
  },
  klDivergenceWithLogTargets: {
    'in the target': {
      f: (x) => losses.klDivergenceWithLogTargets(pair(of(0)(x)), pair(x)),
      jet: product(exponential, line(1)),
      points: [...moderate, -100, -350, -1e10, -1e20],
    },
  },
  convexKlDivergence: {
    '': {
      f: (x) => losses.convexKlDivergence(pair(x), rows(x, [1, 1])),
      jet: sum(1, line(-1, -1), 1, exponential),
      points: moderate,
    },
  },
  diceLoss: {
    '': {
      f: (x) => losses.diceLoss(pair(x), rows(x, [0, 0])),
      jet: (x) => [1 - 1 / (1 + x), 1 / (1 + x) ** 2, -2 / (1 + x) ** 3, 6 / (1 + x) ** 4],
      points: [0, 1e-8, 0.5, 1],
    },
  },
  ctcLoss: {
    'one frame, one label': {
      f: (x) => {
        const frames = np.expandDims(pair(x), 1)
        const none = np.zeros([x.shape[0] as number, 1])
        return losses.ctcLoss(frames, none, np.expandDims(labelled(x, 0), 1), none, { blankId: 1 })
      },
      jet: mirrored(ramp),
      points: moderate,
      rounding: 10,
    },
  },
  reduction: {
    sum: { f: each((x) => losses.reduction(np.square(x).reshape([1]), 'sum')), jet: square },
    mean: {
      f: each((x) => losses.reduction(np.square(x).reshape([1]), 'mean', { where: np.array([true]) })),
      jet: square,
    },
  },
  sumAndWeight: {
    'the sum': { f: each((x) => losses.sumAndWeight(np.square(x).reshape([1])).total), jet: square },
  },
  minimaxGan: {
    discriminator: { f: (x) => losses.minimaxGan.discriminator(x, x), jet: sum(1, ramp, 1, mirrored(ramp)) },
    generator: { f: (x) => losses.minimaxGan.generator(x), jet: minus(ramp) },
  },
  nonSaturatingGan: { generator: { f: (x) => losses.nonSaturatingGan.generator(x), jet: mirrored(ramp) } },
  leastSquaresGan: {
    generator: { f: (x) => losses.leastSquaresGan.generator(x), jet: (x) => [(x - 1) ** 2 / 2, x - 1, 1, 0] },
  },
  hingeGan: {
    discriminator: { f: (x) => losses.hingeGan.discriminator(x, of(-2)(x)), jet: hinge(line(-1, 1)) },
  },
  wassersteinGan: { generator: { f: (x) => losses.wassersteinGan.generator(x), jet: line(-1) } },
  gradientPenalty: {
    'of a critic with slope 2x': {
      f: each((x) =>
        losses
          .gradientPenalty(
            (z) => np.sum(np.square(z), { axis: 1 }),
            x.reshape([1, 1]),
            x.reshape([1, 1]),
            random.key(0),
          )
          .slice(0),
      ),
      jet: (x) => [(2 * x - 1) ** 2, 4 * (2 * x - 1), 8, 0],
      points: [0.5, 1, 3, 17.5],
      rounding: 10,
    },
  },
}

describe('losses to third order', () => {
  const cases = Object.entries(table).flatMap(([name, all]) =>
    Object.entries(all as Cases).map(([what, loss]) => [`${name} ${what}`, loss] as const),
  )
  it.each(cases)('%s', (_, loss) => expect(differences(loss)).toEqual([]))
  it('all of them', () => expect(Object.keys(losses).filter((name) => !(name in table))).toEqual([]))
})

describe('models that start at 0', () => {
  const x = f64([
    [1, 2],
    [-1, 0.5],
    [3, -2],
  ])
  it('logistic regression: the Hessian is xᵀ x / 4', () => {
    const y = f64([1, 0, 1])
    const loss = (w: Tensor): Tensor => np.sum(losses.sigmoidBinaryCrossEntropy(np.matmul(x, w), y))
    expectNear(hessian(loss)(f64([0, 0])), np.matmul(x.T, x).mul(0.25), 1e-14)
  })
  it('multinomial regression: the same for two classes', () => {
    const loss = (w: Tensor): Tensor => {
      const logits = np.stack([np.matmul(x, w), np.zeros([3], { dtype: 'float64' })], { axis: 1 })
      return np.sum(losses.softmaxCrossEntropyWithIntegerLabels(logits, i32([0, 1, 0])))
    }
    expectNear(hessian(loss)(f64([0, 0])), np.matmul(x.T, x).mul(0.25), 1e-14)
  })
  it('robust regression of targets that it meets: the Hessian is xᵀ x', () => {
    for (const f of [losses.huberLoss, losses.smoothL1, losses.logCosh]) {
      const loss = (w: Tensor): Tensor => np.sum(f(np.matmul(x, w)))
      expectNear(hessian(loss)(f64([0, 0])), np.matmul(x.T, x), 1e-14)
    }
  })
  it('focal loss: labels have their own derivatives too', () => {
    const slope = grad((y: Tensor) => losses.sigmoidFocalLoss(f64(0.3), y))
    const h = 1e-6
    for (const y of [0, 0.4, 1]) {
      const at = (z: number): number => losses.sigmoidFocalLoss(f64(0.3), f64(z)).item()
      expectNear(slope(f64(y)), (at(y + h) - at(y - h)) / (2 * h), 1e-8)
    }
  })
})
