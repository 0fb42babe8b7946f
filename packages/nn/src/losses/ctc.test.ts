import { grad, jit, np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear, f64, i32 } from '../../test/near.js'
import { softmax } from '../functions/softmax.js'
import { ctcLoss } from './ctc.js'

const classes = 3
const logits = random.normal(random.key(5), [1, 4, classes], { dtype: 'float64' })

/** What frames spell: runs count once, blanks (0) not at all. */
const spelled = (frames: readonly number[]): string => frames.filter((c, i) => c !== 0 && c !== frames[i - 1]).join()

/** −log of the sum over every way to class the frames that spells the labels. */
const bruteForce = (x: Tensor, labels: readonly number[]): number => {
  const rows = softmax(x.slice(0)).toArray() as number[][]
  let total = 0
  for (let code = 0; code < classes ** rows.length; code++) {
    const frames = rows.map((_, t) => Math.floor(code / classes ** t) % classes)
    if (spelled(frames) === labels.join()) total += frames.reduce((p, c, t) => p * (rows[t]?.[c] as number), 1)
  }
  return -Math.log(total)
}

const loss = (x: Tensor, labels: readonly number[]): Tensor =>
  ctcLoss(x, np.zeros([1, x.shape[1] as number]), i32([labels]), np.zeros([1, labels.length]))

describe('ctcLoss', () => {
  it.each([[[1]], [[1, 2]], [[1, 1]], [[2, 1, 2]], [[1, 2, 1, 2]]])(
    'of %j is the sum over all alignments',
    (labels) => {
      expectNear(loss(logits, labels), [bruteForce(logits, labels)], 1e-12)
    },
  )
  it('ignores frames and labels beyond the end', () => {
    const paddings = f64([[0, 0, 0, 1]])
    const short = logits.slice({}, { stop: 3 })
    const padded = ctcLoss(logits, paddings, i32([[2, 1, 0]]), f64([[0, 0, 1]]))
    expectNear(padded, [bruteForce(short, [2, 1])], 1e-12)
    expectNear(ctcLoss(logits, paddings, i32([[1]]), f64([[1]])), [bruteForce(short, [])], 1e-12)
  })
  it('takes another class for the blank', () => {
    const rolled = np.roll(logits, 1, { axis: 2 })
    const moved = ctcLoss(rolled, np.zeros([1, 4]), i32([[2, 0]]), np.zeros([1, 2]), { blankId: 1 })
    expectNear(moved, [bruteForce(logits, [1, 2])], 1e-12)
  })
  it('has the derivative of the sum, eager and jitted', () => {
    const slope = grad((x: Tensor) => np.sum(loss(x, [1, 2])))
    const h = 1e-5
    const numeric = Array.from({ length: 12 }, (_, i) => {
      const step = f64(Array.from({ length: 12 }, (__, k) => (k === i ? h : 0))).reshape([1, 4, 3])
      return (bruteForce(logits.add(step), [1, 2]) - bruteForce(logits.sub(step), [1, 2])) / (2 * h)
    })
    expectNear(slope(logits).reshape([-1]), numeric, 1e-8)
    expectNear(jit(slope)(logits), slope(logits), 1e-13)
  })
  it('says which shapes it takes', () => {
    expect(() => ctcLoss(logits, np.zeros([1, 3]), i32([[1]]), np.zeros([1, 1]))).toThrow(
      'have to be [batch, time, classes], [batch, time]',
    )
  })
})
