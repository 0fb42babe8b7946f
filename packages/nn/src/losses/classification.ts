/** Losses of classes, given by logits: log-probabilities before they are normalised. */
import { customJvp, lax, np, RangeError, ShapeError, stopGradient, Tensor } from '@puregrad/core'
import { type Binary, binary, isTensor, type WithArgument, withArgument } from '../dual.js'
import { axisOf } from '../functions/axis.js'
import { ofClasses, pick } from '../functions/pick.js'
import { logSigmoid } from '../functions/sigmoids.js'
import { logSoftmax, logsumexp, softmax } from '../functions/softmax.js'
import { withMadeOf } from '../made-of.js'
import { type Reduction, reduction } from './reduction.js'

export interface CrossEntropyOptions {
  /** The axis of the classes: the last unless said. */
  readonly axis?: number
  /** Classes that count. */
  readonly where?: Tensor
}

export interface IntegerLabelOptions extends CrossEntropyOptions {
  /** A label that stands for no class, such as −1: its loss is 0, whatever the logits, and moves nothing. None unless given. */
  readonly ignoreIndex?: number
  /** What part of the truth is spread evenly over all classes that count: from 0, unless said, to 1. */
  readonly labelSmoothing?: number
  /** How much each class counts, [classes]: all alike unless given. */
  readonly classWeights?: Tensor | readonly number[]
  /**
   * 'none' unless said: one loss per label. 'mean' divides their sum by the weights of the classes of all labels that are not
   * ignored, as PyTorch does, and remembers them, so that means of batches add up.
   */
  readonly reduction?: Reduction
}

const show = (x: Tensor): string => `${x.dtype}[${x.shape}]`

/** @throws RangeError unless it is a part of a whole */
const checkSmoothing = (labelSmoothing: number): void => {
  if (labelSmoothing >= 0 && labelSmoothing <= 1) return
  throw new RangeError(
    `softmaxCrossEntropyWithIntegerLabels: labelSmoothing is ${labelSmoothing}. It is the part of the truth that all classes share, from 0 to 1.`,
  )
}

/** The weights of classes along their axis, as many as there are logits. */
const spreadClasses = (x: Tensor, along: number, classWeights: Tensor | readonly number[]): Tensor => {
  const weights = classWeights instanceof Tensor ? classWeights : np.array([...classWeights])
  const size = x.shape[along] as number
  if (weights.ndim !== 1 || weights.size !== size) {
    throw new ShapeError(
      `softmaxCrossEntropyWithIntegerLabels: classWeights [${weights.shape}] and logits ${show(x)} with ${size} classes. Give one weight for each class.`,
    )
  }
  const row = weights.astype(x.dtype).reshape(x.shape.map((_, i) => (i === along ? size : 1)))
  return np.broadcastTo(row, x.shape)
}

/** (1 − s) wᵧ (−log pᵧ) + s / classes · Σ w (−log p), selected before products, in which 0 · ∞ would be NaN. */
const smoothed = (
  x: Tensor,
  y: Tensor,
  along: number,
  weights: Tensor | null,
  labelSmoothing: number,
  where: Tensor | undefined,
): Tensor => {
  // Shifted first: of huge logits that lie together, the logarithm keeps its digits.
  const counts = where === undefined ? x : np.where(where, x, Number.NEGATIVE_INFINITY)
  const top = stopGradient(np.max(counts, { axis: along, keepdims: true }))
  const shifted = x.sub(np.where(np.isfinite(top), top, 0))
  const costs = logSoftmax(shifted, { axis: along, ...(where === undefined ? {} : { where }) }).neg()
  const weighed = weights === null ? costs : np.where(weights.eq(0), 0, costs).mul(weights)
  const own = pick(weighed, y, along)
  if (labelSmoothing === 0) return own
  const heard = where === undefined ? weighed : np.where(where, weighed, 0)
  const size =
    where === undefined ? x.shape[along] : np.sum(np.broadcastTo(where, x.shape).astype(x.dtype), { axis: along })
  const even = np
    .sum(heard, { axis: along })
    .div(size as number | Tensor)
    .mul(labelSmoothing)
  return labelSmoothing === 1 ? even : own.mul(1 - labelSmoothing).add(even)
}

/**
 * −log softmax(logits) at each label: log Σⱼ exp logitsⱼ − logits_label. A label that is no class, such as −1, gives NaN and
 * moves no logits; `ignoreIndex` names one that gives 0. With `labelSmoothing`, `classWeights` and `reduction: 'mean'` it is
 * PyTorch's `CrossEntropyLoss`, except that the mean of nothing is 0.
 * @param logits [..., classes]  @param labels integers of shape [...], each a class
 * @returns one loss per label, [...]; one number, [], of a `reduction`
 * @throws ShapeError unless labels have the shape of the logits without their classes, and there is a weight for each class
 * @throws RangeError unless labelSmoothing lies between 0 and 1
 * @example losses.softmaxCrossEntropyWithIntegerLabels(np.array([[0, 0]]), np.array([1], { dtype: 'int32' })).toArray() // [0.6931472]
 * @example
 * const [logits, words] = [np.array([[2, 0], [0, 1], [5, 5]]), np.array([0, 1, -1], { dtype: 'int32' })]
 * const options = { labelSmoothing: 0.1, ignoreIndex: -1, reduction: 'mean' } as const
 * losses.softmaxCrossEntropyWithIntegerLabels(logits, words, options).item() // 0.295095
 */
export const softmaxCrossEntropyWithIntegerLabels: WithArgument<Tensor, IntegerLabelOptions> = withArgument(
  'losses.softmaxCrossEntropyWithIntegerLabels',
  ['ignoreIndex', 'labelSmoothing', 'classWeights', 'reduction', 'axis', 'where'],
  isTensor,
  (logits, labels: Tensor, options) => {
    const { axis = -1, where, ignoreIndex, labelSmoothing = 0, classWeights, reduction: how = 'none' } = options
    checkSmoothing(labelSmoothing)
    const along = axisOf('softmaxCrossEntropyWithIntegerLabels', axis, logits)
    const expected = logits.shape.filter((_, i) => i !== along)
    const both = `softmaxCrossEntropyWithIntegerLabels: logits ${show(logits)} and labels ${show(labels)}`
    if (labels.dtype === 'float32' || labels.dtype === 'float64' || labels.dtype === 'bool') {
      const cure =
        labels.ndim === logits.ndim
          ? 'For probabilities take softmaxCrossEntropy.'
          : "Convert with labels.astype('int32')."
      throw new ShapeError(`${both}: labels are integers, one class each. ${cure}`)
    }
    if (labels.ndim !== expected.length || labels.shape.some((n, i) => n !== expected[i])) {
      throw new ShapeError(
        `${both}: labels need the shape of the logits without their classes, [${expected}]. ` +
          (labels.ndim === logits.ndim ? 'For one-hot labels take softmaxCrossEntropy.' : 'Check the batch axes.'),
      )
    }
    const size = logits.shape[along] as number
    const weights = classWeights === undefined ? null : spreadClasses(logits, along, classWeights)
    const loss = (x: Tensor, y: Tensor): Tensor => {
      if (weights !== null || labelSmoothing !== 0)
        return ofClasses(smoothed(x, y, along, weights, labelSmoothing, where), y, size)
      const normalizer = logsumexp(x, { axis: along, ...(where === undefined ? {} : { where }) })
      return ofClasses(normalizer.sub(pick(x, y, along)), y, size)
    }
    const classes = labels.astype('int32')
    const ignored = ignoreIndex === undefined ? null : classes.eq(ignoreIndex)
    // What is ignored is 0 before anything is made of it: its logits may be NaN.
    const each =
      ignored === null
        ? loss(logits, classes)
        : np.where(ignored, 0, loss(np.where(np.expandDims(ignored, along), 0, logits), np.where(ignored, 0, classes)))
    if (how !== 'mean') return reduction(each, how)
    return meanOfLabels(each, classes, ignored, weights, along, size)
  },
)

/** The sum of losses over the weights of their classes: of labels that are ignored none, of those that are no class 1. */
const meanOfLabels = (
  each: Tensor,
  classes: Tensor,
  ignored: Tensor | null,
  weights: Tensor | null,
  along: number,
  size: number,
): Tensor => {
  if (ignored === null && weights === null) return reduction(each, 'mean')
  const isClass = np.logicalAnd(classes.ge(0), classes.lt(size))
  const own = weights === null ? np.onesLike(each) : np.where(isClass, pick(weights, classes, along), 1)
  const share = ignored === null ? own : np.where(ignored, 0, own)
  const weight = np.sum(share)
  const mean = np.where(weight.eq(0), 0, np.sum(each).div(np.where(weight.eq(0), 1, weight)))
  return withMadeOf(mean, { _tag: 'Mean', weight })
}

/** x where it counts and `otherwise` elsewhere: before products, in which 0 · NaN would be NaN. */
const counted = (x: Tensor, where: Tensor | undefined, otherwise = 0): Tensor =>
  where === undefined ? x : np.where(where, x, otherwise)

/** share · log, 0 where the share is 0 and the logarithm −∞. */
const weighed = (share: Tensor, log: Tensor): Tensor => {
  const isNothing = np.logicalAnd(share.eq(0), log.eq(Number.NEGATIVE_INFINITY))
  return share.mul(np.where(isNothing, 0, log))
}

/**
 * −Σ labels · log softmax(logits) along the classes, for labels that are probabilities, one-hot for instance.
 * @returns one loss per example, without the axis of the classes
 * @example losses.softmaxCrossEntropy(np.array([[0, 0]]), np.array([[0.5, 0.5]])).toArray() // [0.6931472]
 */
export const softmaxCrossEntropy: WithArgument<Tensor, CrossEntropyOptions> = withArgument(
  'losses.softmaxCrossEntropy',
  ['axis', 'where'],
  isTensor,
  (logits, labels: Tensor, options) => {
    const { axis = -1, where } = options
    const logs = logSoftmax(logits, options)
    return np.sum(counted(labels, where).mul(counted(logs, where)), { axis }).neg()
  },
)

/**
 * As `softmaxCrossEntropy`, but a class of probability 0 adds 0 even if its logit is −∞.
 * @example losses.safeSoftmaxCrossEntropy(np.array([[0, -Infinity]]), np.array([[1, 0]])).toArray() // [0]
 */
export const safeSoftmaxCrossEntropy: WithArgument<Tensor, Pick<CrossEntropyOptions, 'axis'>> = withArgument(
  'losses.safeSoftmaxCrossEntropy',
  ['axis'],
  isTensor,
  (logits, labels: Tensor, { axis = -1 }) => np.sum(weighed(labels, logSoftmax(logits, { axis })), { axis }).neg(),
)

/**
 * −label · log σ(logit) − (1 − label) · log σ(−logit), element by element: independent yes-or-no questions.
 * @returns the shape of both, broadcast; usually averaged or summed over classes next
 * @example losses.sigmoidBinaryCrossEntropy(np.array([0]), np.array([1])).toArray() // [0.6931472]
 */
export const sigmoidBinaryCrossEntropy: Binary = binary('losses.sigmoidBinaryCrossEntropy', (logits, labels) =>
  weighed(labels, logSigmoid(logits))
    .add(weighed(np.subtract(1, labels), logSigmoid(logits.neg())))
    .neg(),
)

export interface FocalOptions {
  /** The weight of the positive class; none unless given. */
  readonly alpha?: number
  /** How strongly easy examples are weighed down: 2 unless said. */
  readonly gamma?: number
}

/** The largest exponent whose exponential is finite in float32, nearly. */
const steepest = 80

/** Logarithm of the probability that is not given to the truth, (1 − y) σ(x) + y σ(−x), and its factors. */
const missing = (x: Tensor, y: Tensor) => {
  const [p, q] = [lax.logistic(x), lax.logistic(x.neg())]
  const [isYes, isNo] = [y.eq(1), y.eq(0)]
  const mixed = np.where(np.logicalOr(isYes, isNo), 1, p.mul(np.subtract(1, y)).add(q.mul(y)))
  const byLabel = (yes: Tensor, no: Tensor, soft: Tensor): Tensor => np.where(isYes, yes, np.where(isNo, no, soft))
  const log = byLabel(logSigmoid(x.neg()), logSigmoid(x), np.log(mixed))
  return { p, q, log, share: byLabel(p, q, p.mul(q).div(mixed)) }
}

/** Its derivative is given, so that nothing is divided by a probability that vanished. */
const logMissing = customJvp(
  (x: Tensor, y: Tensor): Tensor => missing(x, y).log,
  ([x, y], [dx, dy]) => {
    const { p, q, log, share } = missing(x, y)
    const byLogit = share.mul(np.subtract(1, y.mul(2))).mul(dx)
    return [
      log,
      byLogit.add(
        q
          .sub(p)
          .mul(np.exp(np.minimum(log.neg(), steepest)))
          .mul(dy),
      ),
    ]
  },
)

/**
 * Binary cross entropy weighed by (1 − p)^gamma, where p is the probability given to the truth (Lin et al. 2017).
 * @example losses.sigmoidFocalLoss(np.array([0]), np.array([1])).toArray() // [0.1732868]
 */
export const sigmoidFocalLoss: WithArgument<Tensor, FocalOptions> = withArgument(
  'losses.sigmoidFocalLoss',
  ['alpha', 'gamma'],
  isTensor,
  (logits, labels: Tensor, { alpha, gamma = 2 }) => {
    const no = np.subtract(1, labels)
    // A power as an exponential: derivatives of the power itself are infinite where the probability vanishes.
    const [x, y] = np.broadcastArrays(logits, labels.astype(logits.dtype)) as [Tensor, Tensor]
    const loss = sigmoidBinaryCrossEntropy(logits, labels).mul(np.exp(logMissing(x, y).mul(gamma)))
    return alpha === undefined
      ? loss
      : labels
          .mul(alpha)
          .add(no.mul(1 - alpha))
          .mul(loss)
  },
)

export interface PolyLossOptions extends CrossEntropyOptions {
  /** The weight of the first polynomial term: 2 unless said. */
  readonly epsilon?: number
}

/**
 * Cross entropy plus epsilon · Σ labels · (1 − softmax(logits)) (Leng et al. 2022).
 * @example losses.polyLossCrossEntropy(np.array([[0, 0]]), np.array([[1, 0]])).toArray() // [1.6931472]
 */
export const polyLossCrossEntropy: WithArgument<Tensor, PolyLossOptions> = withArgument(
  'losses.polyLossCrossEntropy',
  ['epsilon', 'axis', 'where'],
  isTensor,
  (logits, labels: Tensor, { epsilon = 2, ...options }) => {
    const { axis = -1, where } = options
    const missed = counted(labels, where).mul(np.subtract(1, softmax(logits, options)))
    return softmaxCrossEntropy(logits, labels, options).add(np.sum(missed, { axis }).mul(epsilon))
  },
)

/**
 * Labels mixed with the uniform distribution: (1 − alpha) · labels + alpha / classes.
 * @example losses.smoothLabels(np.array([[0, 1]]), 0.1).toArray() // [[0.05, 0.95]]
 */
export const smoothLabels: WithArgument<number, Readonly<Record<string, never>>> = withArgument(
  'losses.smoothLabels',
  [],
  (alpha) => typeof alpha === 'number',
  (labels, alpha: number) => labels.mul(1 - alpha).add(alpha / (labels.shape[labels.ndim - 1] as number)),
)

const inside = (x: Tensor, epsilon: number): Tensor => np.clip(x, epsilon, 1 - epsilon)

export interface ProbabilityOptions extends CrossEntropyOptions {
  /** Probabilities below count as this, and those above as 1 − this: 1e-7 unless said. */
  readonly epsilon?: number
}

/**
 * −Σ labels · log probabilities, for models that end in a softmax. From logits, softmaxCrossEntropy is more exact.
 * @returns one loss per example, without the axis of the classes
 * @example losses.crossEntropy(np.array([[0.5, 0.5]]), np.array([[0, 1]])).toArray() // [0.6931472]
 */
export const crossEntropy: WithArgument<Tensor, ProbabilityOptions> = withArgument(
  'losses.crossEntropy',
  ['epsilon', 'axis', 'where'],
  isTensor,
  (probabilities, labels: Tensor, { axis = -1, where, epsilon = 1e-7 }) =>
    np.sum(counted(labels, where).mul(np.log(inside(counted(probabilities, where, 1), epsilon))), { axis }).neg(),
)

/**
 * −label · log p − (1 − label) · log(1 − p), element by element. From logits, sigmoidBinaryCrossEntropy is more exact.
 * @example losses.binaryCrossEntropy(np.array([0.5]), np.array([1])).toArray() // [0.6931472]
 */
export const binaryCrossEntropy: WithArgument<Tensor, Pick<ProbabilityOptions, 'epsilon'>> = withArgument(
  'losses.binaryCrossEntropy',
  ['epsilon'],
  isTensor,
  (probabilities, labels: Tensor, { epsilon = 1e-7 }) => {
    const p = inside(probabilities, epsilon)
    const no = np.subtract(1, labels).mul(np.log1p(p.neg()))
    return labels.mul(np.log(p)).add(no).neg()
  },
)
