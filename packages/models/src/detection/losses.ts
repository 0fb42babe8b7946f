/**
 * What detectors learn from, as pure functions of predictions, of what should have been predicted, and of masks that say what
 * counts. Leading axes are as one likes: means are over all that counts in a batch, as in torchvision.
 */
import { np, operation, ShapeError, type Tensor } from '@puregrad/core'
import { losses, oneHot } from '@puregrad/nn'

const beta = 1 / 9 // of smooth L1, as torchvision's fastrcnn_loss and RegionProposalNetwork

/** The sum over what counts; what does not count may be anything that is finite. */
const sumOf = (x: Tensor, counts: Tensor): Tensor => np.sum(np.where(counts, x, 0))

/** How many count: 1 if none does, so that means of nothing are 0. */
const countOf = (counts: Tensor): Tensor => np.maximum(np.sum(counts.astype('float32')), 1)

/** Smooth L1 of boxes [..., 4], one number each; where they do not count, without looking at the truth. */
const boxErrors = (predicted: Tensor, truth: Tensor, counts: Tensor): Tensor => {
  const known = np.where(np.expandDims(counts, -1), truth, predicted)
  return np.sum(losses.smoothL1(predicted, known, { beta }), { axis: -1 })
}

/** What a region proposal network says of each anchor. */
export interface RpnPredictions {
  /** […, n], logits. */
  readonly objectness: Tensor
  /** […, n, 4], offsets from the anchors. */
  readonly deltas: Tensor
}

/** What it should have said. */
export interface RpnTruth {
  /** […, n, 4], offsets of the boxes that anchors were matched to. */
  readonly deltas: Tensor
  /** bool […, n], anchors of boxes that were drawn. */
  readonly positive: Tensor
  /** bool […, n], anchors of background that were drawn. */
  readonly negative: Tensor
}

export interface RpnLosses {
  readonly lossObjectness: Tensor
  readonly lossRpnBoxReg: Tensor
}

/**
 * The losses of a region proposal network: binary cross entropy of the anchors that were drawn, and smooth L1 of the positive ones
 * over the number of all that were drawn. Ren et al. 2015; torchvision's numbers.
 * @example
 * const said = { objectness: np.array([0, 0]), deltas: np.zeros([2, 4]) }
 * const truth = { deltas: np.ones([2, 4]), positive: np.array([true, false]), negative: np.array([false, true]) }
 * rpnLosses(said, truth) // { lossObjectness: 0.6931472, lossRpnBoxReg: 1.8888888 }
 */
export const rpnLosses = operation(
  'rpnLosses',
  { at: 1, names: ['deltas', 'positive', 'negative'] },
  ({ objectness, deltas }: RpnPredictions, { deltas: truth, positive, negative }: RpnTruth): RpnLosses => {
    const drawn = np.logicalOr(positive, negative)
    const count = countOf(drawn)
    const surprise = losses.sigmoidBinaryCrossEntropy(objectness, positive.astype(objectness.dtype))
    return {
      lossObjectness: sumOf(surprise, drawn).div(count),
      lossRpnBoxReg: sumOf(boxErrors(deltas, truth, positive), positive).div(count),
    }
  },
)

/** What the box head says of each region. */
export interface BoxPredictions {
  /** […, n, classes], the background first. */
  readonly logits: Tensor
  /** […, n, classes, 4], offsets from the region, for each class. */
  readonly deltas: Tensor
}

/** What it should have said. */
export interface BoxTruth {
  /** Integers […, n], 0 for background. */
  readonly labels: Tensor
  /** […, n, 4], offsets of the boxes that regions were matched to. */
  readonly deltas: Tensor
  /** bool […, n], regions that were drawn. */
  readonly valid: Tensor
}

export interface BoxLosses {
  readonly lossClassifier: Tensor
  readonly lossBoxReg: Tensor
}

/** x […, classes, …rest] at the class of each, […, …rest]. */
export const atClass = (x: Tensor, labels: Tensor, rest: number): Tensor => {
  const axis = x.ndim - 1 - rest
  const mask = oneHot(labels, x.shape[axis] as number).reshape([
    ...x.shape.slice(0, axis + 1),
    ...Array.from({ length: rest }, () => 1),
  ])
  return np.sum(np.where(mask.ne(0), x, 0), { axis })
}

/**
 * The losses of the box head: cross entropy of the regions that were drawn, and smooth L1 of those that are no background, over the
 * number of all that were drawn. Girshick 2015; torchvision's numbers.
 * @throws ShapeError unless there are four offsets for each class
 * @example
 * const said = { logits: np.zeros([1, 2]), deltas: np.zeros([1, 2, 4]) }
 * const truth = { labels: np.array([1]), deltas: np.ones([1, 4]), valid: np.array([true]) }
 * fastRcnnLosses(said, truth) // { lossClassifier: 0.6931472, lossBoxReg: 3.7777777 }
 */
export const fastRcnnLosses = operation(
  'fastRcnnLosses',
  { at: 1, names: ['labels', 'deltas', 'valid'] },
  ({ logits, deltas }: BoxPredictions, { labels, deltas: truth, valid }: BoxTruth): BoxLosses => {
    if (String(deltas.shape) !== String([...logits.shape, 4]))
      throw new ShapeError(
        `fastRcnnLosses: logits ${logits.dtype}[${logits.shape}] and deltas ${deltas.dtype}[${deltas.shape}] have to be […, classes] and […, classes, 4].`,
      )
    const known = np.where(valid, labels, 0).astype('int32')
    const count = countOf(valid)
    const positive = known.gt(0)
    const surprise = losses.softmaxCrossEntropyWithIntegerLabels(logits, known)
    return {
      lossClassifier: sumOf(surprise, valid).div(count),
      lossBoxReg: sumOf(boxErrors(atClass(deltas, known, 1), truth, positive), positive).div(count),
    }
  },
)

/** What masks should have been. */
export interface MaskTruth {
  /** Integers […, n]. */
  readonly labels: Tensor
  /** […, n, rows, columns], from 0 to 1: the truth under each region, as `masksOnBoxes` gives it. */
  readonly masks: Tensor
  /** bool […, n], regions that are no background. */
  readonly positive: Tensor
}

/**
 * The loss of the mask head: binary cross entropy of the pixels of the mask of the true class. He et al. 2017; torchvision's numbers.
 * @param logits […, n, rows, columns, classes]
 * @example
 * const truth = { labels: np.array([1]), masks: np.ones([1, 2, 2]), positive: np.array([true]) }
 * maskRcnnLoss(np.zeros([1, 2, 2, 3]), truth) // 0.6931472
 */
export const maskRcnnLoss = operation(
  'maskRcnnLoss',
  { at: 1, names: ['labels', 'masks', 'positive'] },
  (logits: Tensor, { labels, masks, positive }: MaskTruth): Tensor => {
    const [rows, columns, classes] = logits.shape.slice(-3) as unknown as readonly [number, number, number]
    const known = np.where(positive, labels, 0).astype('int32')
    const mask = oneHot(known, classes).reshape([...labels.shape, 1, 1, classes])
    const own = np.sum(np.where(mask.ne(0), logits, 0), { axis: -1 })
    const surprise = np.sum(losses.sigmoidBinaryCrossEntropy(own, masks), { axis: [-2, -1] })
    return sumOf(surprise, positive).div(countOf(positive).mul(rows * columns))
  },
)
