/** Losses of classes, given by logits: log-probabilities before they are normalised. */
import { lax, np, ShapeError, type Tensor } from '@puregrad/core'
import { type Binary, binary, isTensor, type WithArgument, withArgument } from '../dual.js'
import { axisOf } from '../functions/axis.js'
import { logSigmoid } from '../functions/sigmoids.js'
import { logSoftmax, logsumexp, softmax } from '../functions/softmax.js'

export interface CrossEntropyOptions {
  /** The axis of the classes: the last unless said. */
  readonly axis?: number
  /** Classes that count. */
  readonly where?: Tensor
}

/**
 * The element of x at each label along an axis, as `np.takeAlongAxis` does: negative labels count from the end, others
 * outside give NaN. A selection and a sum, because these fuse and their derivative scatters nothing.
 */
const pick = (x: Tensor, labels: Tensor, axis: number): Tensor => {
  const size = x.shape[axis] as number
  const label = np.where(labels.lt(0), labels.add(size), labels)
  const classes = np
    .arange(size)
    .astype('int32')
    .reshape(x.shape.map((_, i) => (i === axis ? size : 1)))
  const picked = np.sum(np.where(np.expandDims(label, axis).eq(classes), x, 0), { axis })
  return np.where(np.logicalAnd(label.ge(0), label.lt(size)), picked, Number.NaN)
}

const show = (x: Tensor): string => `${x.dtype}[${x.shape}]`

/**
 * −log softmax(logits) at each label: log Σⱼ exp logitsⱼ − logits_label.
 * @param logits [..., classes]  @param labels integers of shape [...], each a class
 * @returns one loss per label, [...]
 * @throws ShapeError unless labels have the shape of the logits without their classes
 * @example losses.softmaxCrossEntropyWithIntegerLabels(np.array([[0, 0]]), np.array([1], { dtype: 'int32' })).toArray() // [0.6931472]
 */
export const softmaxCrossEntropyWithIntegerLabels: WithArgument<Tensor, CrossEntropyOptions> = withArgument(
  isTensor,
  (logits, labels: Tensor, { axis = -1, where }) => {
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
    const normalizer = logsumexp(logits, { axis: along, ...(where === undefined ? {} : { where }) })
    return normalizer.sub(pick(logits, labels.astype('int32'), along))
  },
)

/** The sum along an axis of what counts. */
const sumWhere = (x: Tensor, axis: number, where: Tensor | undefined): Tensor =>
  np.sum(where === undefined ? x : np.where(where, x, 0), { axis })

/**
 * −Σ labels · log softmax(logits) along the classes, for labels that are probabilities, one-hot for instance.
 * @returns one loss per example, without the axis of the classes
 * @example losses.softmaxCrossEntropy(np.array([[0, 0]]), np.array([[0.5, 0.5]])).toArray() // [0.6931472]
 */
export const softmaxCrossEntropy: WithArgument<Tensor, CrossEntropyOptions> = withArgument(
  isTensor,
  (logits, labels: Tensor, options) => {
    const { axis = -1, where } = options
    const logs = logSoftmax(logits, options)
    return np.sum(labels.mul(where === undefined ? logs : np.where(where, logs, 0)), { axis }).neg()
  },
)

/**
 * As `softmaxCrossEntropy`, but a class of probability 0 adds 0 even if its logit is −∞.
 * @example losses.safeSoftmaxCrossEntropy(np.array([[0, -Infinity]]), np.array([[1, 0]])).toArray() // [0]
 */
export const safeSoftmaxCrossEntropy: WithArgument<Tensor, Pick<CrossEntropyOptions, 'axis'>> = withArgument(
  isTensor,
  (logits, labels: Tensor, { axis = -1 }) =>
    np.sum(np.where(labels.eq(0), 0, labels.mul(logSoftmax(logits, { axis }))), { axis }).neg(),
)

/**
 * −label · log σ(logit) − (1 − label) · log σ(−logit), element by element: independent yes-or-no questions.
 * @returns the shape of both, broadcast; usually averaged or summed over classes next
 * @example losses.sigmoidBinaryCrossEntropy(np.array([0]), np.array([1])).toArray() // [0.6931472]
 */
export const sigmoidBinaryCrossEntropy: Binary = binary((logits, labels) => {
  const no = np.subtract(1, labels)
  return labels
    .mul(logSigmoid(logits))
    .add(no.mul(logSigmoid(logits.neg())))
    .neg()
})

export interface FocalOptions {
  /** The weight of the positive class; none unless given. */
  readonly alpha?: number
  /** How strongly easy examples are weighed down: 2 unless said. */
  readonly gamma?: number
}

/**
 * Binary cross entropy weighed by (1 − p)^gamma, where p is the probability given to the truth (Lin et al. 2017).
 * @example losses.sigmoidFocalLoss(np.array([0]), np.array([1])).toArray() // [0.1732868]
 */
export const sigmoidFocalLoss: WithArgument<Tensor, FocalOptions> = withArgument(
  isTensor,
  (logits, labels: Tensor, { alpha, gamma = 2 }) => {
    const p = lax.logistic(logits)
    const no = np.subtract(1, labels)
    const truth = p.mul(labels).add(np.subtract(1, p).mul(no))
    const loss = sigmoidBinaryCrossEntropy(logits, labels).mul(np.subtract(1, truth).pow(gamma))
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
  isTensor,
  (logits, labels: Tensor, { epsilon = 2, ...options }) => {
    const missed = labels.mul(np.subtract(1, softmax(logits, options)))
    return softmaxCrossEntropy(logits, labels, options).add(
      sumWhere(missed, options.axis ?? -1, options.where).mul(epsilon),
    )
  },
)

/**
 * Labels mixed with the uniform distribution: (1 − alpha) · labels + alpha / classes.
 * @example losses.smoothLabels(np.array([[0, 1]]), 0.1).toArray() // [[0.05, 0.95]]
 */
export const smoothLabels: WithArgument<number, Readonly<Record<string, never>>> = withArgument(
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
  isTensor,
  (probabilities, labels: Tensor, { axis = -1, where, epsilon = 1e-7 }) =>
    sumWhere(labels.mul(np.log(inside(probabilities, epsilon))), axis, where).neg(),
)

/**
 * −label · log p − (1 − label) · log(1 − p), element by element. From logits, sigmoidBinaryCrossEntropy is more exact.
 * @example losses.binaryCrossEntropy(np.array([0.5]), np.array([1])).toArray() // [0.6931472]
 */
export const binaryCrossEntropy: WithArgument<Tensor, Pick<ProbabilityOptions, 'epsilon'>> = withArgument(
  isTensor,
  (probabilities, labels: Tensor, { epsilon = 1e-7 }) => {
    const p = inside(probabilities, epsilon)
    const no = np.subtract(1, labels).mul(np.log1p(p.neg()))
    return labels.mul(np.log(p)).add(no).neg()
  },
)
