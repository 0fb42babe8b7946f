/** The loss of sequences whose labels are not aligned with their frames. */
import { np, operation, ShapeError, scan, type Tensor } from '@puregrad/core'
import { logSoftmax } from '../functions/softmax.js'

export interface CtcOptions {
  /** The class that means "no label here": 0 unless said. */
  readonly blankId?: number
  /** Stands for log 0, so that derivatives stay finite: −1e5 unless said. */
  readonly logEpsilon?: number
}

const check = (logits: Tensor, logitPaddings: Tensor, labels: Tensor, labelPaddings: Tensor): void => {
  const [batch, time] = logits.shape
  const count = labels.shape[1]
  const fits = (x: Tensor, ...shape: readonly (number | undefined)[]): boolean =>
    x.ndim === shape.length && x.shape.every((n, i) => n === shape[i])
  if (
    logits.ndim === 3 &&
    fits(logitPaddings, batch, time) &&
    fits(labels, batch, count) &&
    fits(labelPaddings, batch, count)
  )
    return
  throw new ShapeError(
    `losses.ctcLoss: logits [${logits.shape}], logitPaddings [${logitPaddings.shape}], labels [${labels.shape}] and ` +
      `labelPaddings [${labelPaddings.shape}] have to be [batch, time, classes], [batch, time], [batch, labels] and [batch, labels].`,
  )
}

/** The log-probability of every state at every time, [time, batch, states]: blanks at even states, labels between them. */
const emissions = (logits: Tensor, labels: Tensor, blankId: number, logEpsilon: number): Tensor => {
  const [batch, time] = logits.shape as unknown as readonly [number, number]
  const count = labels.shape[1] as number
  const certain = logSoftmax(logits)
  const logs = np.where(certain.eq(Number.NEGATIVE_INFINITY), logEpsilon, certain)
  const blank = logs.slice('...', { start: blankId, stop: blankId + 1 })
  const each = np.takeAlongAxis(logs, np.broadcastTo(np.expandDims(labels, 1), [batch, time, count]), { axis: 2 })
  const pairs = np
    .stack([np.broadcastTo(blank, [batch, time, count]), each], { axis: 3 })
    .reshape([batch, time, 2 * count])
  return np.concatenate([pairs, blank], { axis: 2 }).transpose([1, 0, 2])
}

/**
 * −log of the probability that frames spell the labels, summed over all alignments (Graves et al. 2006): each label for one
 * frame or more, blanks anywhere between, one at least between equal neighbours.
 * @param logits [batch, time, classes]  @param logitPaddings [batch, time], 1 for frames beyond the end and 0 for others
 * @param labels integers [batch, labels]  @param labelPaddings [batch, labels], likewise
 * @returns one loss per sequence, [batch]; NaN, which moves nothing, for labels that are no class
 * @throws ShapeError if shapes do not fit
 * @example
 * const [frames, none] = [np.zeros([1, 2, 2]), np.zeros([1, 2])]
 * losses.ctcLoss(frames, none, np.ones([1, 1], { dtype: 'int32' }), np.zeros([1, 1])).toArray() // [0.2876821]
 */
export const ctcLoss = operation(
  'losses.ctcLoss',
  { at: 4, names: ['blankId', 'logEpsilon'] },
  (
    logits: Tensor,
    logitPaddings: Tensor,
    labels: Tensor,
    labelPaddings: Tensor,
    { blankId = 0, logEpsilon = -1e5 }: CtcOptions = {},
  ): Tensor => {
    check(logits, logitPaddings, labels, labelPaddings)
    const [batch, count] = labels.shape as unknown as readonly [number, number]
    // What is beyond the end may be anything: it is replaced before anything is made of it.
    const isPadding = labelPaddings.gt(0)
    const padded = np.where(isPadding, 0, labels.astype('int32'))
    const isClass = np.logicalAnd(padded.ge(0), padded.lt(logits.shape[2] as number))
    const targets = np.where(isClass, padded, 0)
    const frames = np.where(np.expandDims(logitPaddings.gt(0), 2), 0, logits)
    const states = 2 * count + 1
    const { dtype } = logits
    const never = (width: number): Tensor => np.full([batch, width], logEpsilon, { dtype })
    const shifted = (x: Tensor, by: number): Tensor =>
      np.concatenate([never(by), x], { axis: 1 }).slice({}, { stop: states })
    // A label may follow another without a blank between, unless they are equal.
    const before = np.concatenate([np.full([batch, 1], -1, { dtype: 'int32' }), targets.slice({}, { stop: -1 })], {
      axis: 1,
    })
    const skips = np.where(np.logicalAnd(targets.ne(before), before.ne(-1)), 0, logEpsilon).astype(dtype)
    const gate = np.concatenate([np.stack([never(count), skips], { axis: 2 }).reshape([batch, 2 * count]), never(1)], {
      axis: 1,
    })
    const start = np.concatenate([np.zeros([batch, 1], { dtype }), never(2 * count)], { axis: 1 })
    const [end] = scan(
      (alpha: Tensor, [emitted, padded]: readonly [Tensor, Tensor]): readonly [Tensor, null] => {
        const arrived = np.logaddexp(np.logaddexp(alpha, shifted(alpha, 1)), shifted(alpha, 2).add(gate)).add(emitted)
        return [np.where(np.expandDims(padded, 1).gt(0), alpha, arrived), null]
      },
      start,
      [emissions(frames, targets, blankId, logEpsilon), logitPaddings.T] as const,
    )
    const last = np.sum(labelPaddings.le(0).astype('int32'), { axis: 1, keepdims: true }).mul(2)
    const position = np.arange(states).astype('int32')
    const at = (index: Tensor): Tensor => np.sum(np.where(position.eq(index), end, 0), { axis: 1 })
    const onLabel = np.where(np.squeeze(last, 1).gt(0), at(last.sub(1)), logEpsilon)
    return np.where(np.all(isClass, { axis: 1 }), np.logaddexp(at(last), onLabel).neg(), Number.NaN)
  },
)
