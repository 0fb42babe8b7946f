import { grad, jit, np, type Tensor, vmap } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import * as boxes from './boxes.js'

interface Golden {
  readonly pairs: Readonly<Record<'a' | 'b' | 'iou' | 'giou' | 'diou' | 'ciou', Numbers>>
  readonly coding: Readonly<Record<'anchors' | 'encoded' | 'offsets' | 'decoded', Numbers>>
  readonly masks: Numbers
  readonly masksToBoxes: Numbers
}
const { pairs, coding, masks, masksToBoxes } = golden<Golden>('operations')
const tensor = (x: Numbers): Tensor => np.array(x as never)
const [a, b] = [tensor(pairs.a), tensor(pairs.b)]
const overlaps = { iou: boxes.iou, giou: boxes.giou, diou: boxes.diou, ciou: boxes.ciou } as const

describe.each(['iou', 'giou', 'diou', 'ciou'] as const)('%s', (name) => {
  const f = overlaps[name]

  it("is torchvision's", () => expectNear(f(a, b), pairs[name]))

  it('is 1 of a box and itself, and the same jitted and for each box alone', () => {
    const all = f(a, b)
    expect(np.allclose(np.diag(f(a, a)), 1).item()).toBe(true)
    expect(jit(f)(a, b).toArray()).toEqual(all.toArray())
    expect(np.allclose(vmap((box: Tensor) => f(np.expandDims(box, 0), b).reshape([-1]))(a), all).item()).toBe(true)
  })

  it('has derivatives, and none that is NaN for boxes of no size', () => {
    // Zheng et al. hold the weight of the proportions constant: the derivative is that of the rest alone.
    if (name !== 'ciou') {
      const others = b.slice({ start: 1 }).astype('float64')
      checkGrads((x: Tensor) => f(x, others), [a.astype('float64')])
    }
    const none = np.zeros([2, 4])
    expect(np.all(np.isfinite(f(none, none))).item()).toBe(true)
    expect(np.all(np.isfinite(grad((x: Tensor) => f(x, none).sum())(none))).item()).toBe(true)
  })
})

const numbers = fc.array(fc.float({ min: 0, max: 100, noNaN: true }), { minLength: 4, maxLength: 4 })

describe('boxes', () => {
  it('come back from every format', () => {
    fc.assert(
      fc.property(
        numbers,
        fc.constantFrom('xyxy', 'xywh', 'cxcywh'),
        fc.constantFrom('xyxy', 'xywh', 'cxcywh'),
        (four, from, to) => {
          const x = np.array([four])
          const there = boxes.convert(x, { from, to })
          expect(np.allclose(boxes.convert(there, { from: to, to: from }), x, { atol: 1e-3 }).item()).toBe(true)
          const corners = boxes.convert(x, { from, to: 'xyxy' })
          expect(np.allclose(boxes.convert(there, { from: to, to: 'xyxy' }), corners, { atol: 1e-3 }).item()).toBe(true)
        },
      ),
    )
  })

  it("are coded by torchvision's numbers, and decoded, also where they would overflow", () => {
    const anchors = tensor(coding.anchors)
    const weights = [10, 10, 5, 5] as const
    expectNear(boxes.encode(a, anchors, { weights }), coding.encoded)
    expectNear(boxes.decode(tensor(coding.offsets), anchors, { weights }), coding.decoded)
    expectNear(boxes.decode(boxes.encode(a, anchors), anchors), pairs.a)
  })

  it('lie around masks', () => expect(boxes.ofMasks(tensor(masks)).toArray()).toEqual(masksToBoxes))

  it('are four numbers each, of a format that there is', () => {
    expect(() => boxes.iou(np.ones([3]), b)).toThrow(/boxes\.iou: a is float32\[3\]/)
    expect(() => boxes.area(np.ones([8]))).toThrow(/reshape\(\[-1, 4\]\)/)
    expect(() => boxes.convert(a, { from: 'xyxy', to: 'yxyx' as never })).toThrow(/'yxyx'/)
  })
})
