import { jit, np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { ofMasks } from '../boxes.js'
import * as augment from './index.js'

const key = random.key(5)

describe('mosaic', () => {
  const [count, size] = [4, 12] as const
  /** Scene i is of colour i + 1, with a box of an object that is its lower right quarter, its mask, and its middle. */
  const quarter = np.logicalAnd(
    np
      .arange(size)
      .ge(size / 2)
      .reshape([size, 1]),
    np.arange(size).ge(size / 2),
  )
  const scenes = {
    image: np.broadcastTo(np.arange(1, count + 1).reshape([count, 1, 1, 1]), [count, size, size, 1]).astype('float32'),
    boxes: np.broadcastTo(np.array([[[size / 2, size / 2, size, size]]]), [count, 1, 4]),
    valid: np.ones([count, 1], { dtype: 'bool' }),
    masks: np.broadcastTo(quarter.reshape([1, 1, size, size]), [count, 1, size, size]),
    keypoints: np.broadcastTo(np.array([[[0.75 * size, 0.75 * size]]]), [count, 1, 2]),
    visible: np.ones([count, 1], { dtype: 'bool' }),
    labels: np.arange(count).reshape([count, 1]),
    id: np.arange(count),
  }
  const out = augment.mosaic([size, size])(key, scenes)

  it('has four colours that meet in a corner, one of them its own', () => {
    expect(out.image.shape).toEqual([count, size, size, 1])
    const pictures = out.image.reshape([count, size, size]).toArray() as number[][][]
    pictures.forEach((rows, i) => {
      const ids = (out.id.toArray() as number[][])[i] as number[]
      const corners = [rows[0]?.[0], rows[0]?.at(-1), rows.at(-1)?.[0], rows.at(-1)?.at(-1)]
      expect(corners).toEqual(ids.map((id) => id + 1))
      expect(ids).toContain(i)
      expect(rows.flat()).not.toContain(0)
    })
  })

  it('has their boxes where their masks are, and counts those that are seen', () => {
    expect([out.boxes.shape, out.labels.shape]).toEqual([
      [count, 4, 4],
      [count, 4],
    ])
    for (let i = 0; i < count; i++) {
      const [boxes, valid, masks] = [out.boxes, out.valid, out.masks].map((x) => np.take(x, i, { axis: 0 })) as [
        Tensor,
        Tensor,
        Tensor,
      ]
      expect(valid.toArray()).toEqual(np.any(masks, { axis: [1, 2] }).toArray())
      const around = ofMasks(masks).add(np.array([0, 0, 1, 1]))
      expect(boxes.toArray()).toEqual(np.where(np.expandDims(valid, 1), around, 0).toArray())
    }
    // What lies at the lower right of the left upper scene is always there; of the right lower one, never at the corner.
    expect((out.valid.toArray() as boolean[][]).every(([first]) => first === true)).toBe(true)
  })

  it('puts masks of whole images together as images, and gives the same jitted', () => {
    const whole = { image: scenes.image, masks: scenes.image.reshape([count, size, size]) }
    const f = augment.mosaic([size, size])
    const { image, masks } = f(key, whole)
    expect(masks.toArray()).toEqual(image.reshape([count, size, size]).toArray())
    expect(jit((k: Tensor) => f(k, whole))(key).image.toArray()).toEqual(image.toArray())
  })

  it('has the fill where a scene is too small', () => {
    const large = augment.mosaic([3 * size, 3 * size], { fill: 9, margin: 0.5 })(key, { image: scenes.image }).image
    const picture = np
      .take(large, 0, { axis: 0 })
      .reshape([3 * size, 3 * size])
      .toArray() as number[][]
    expect([picture[0]?.[0], picture.at(-1)?.at(-1)]).toEqual([9, 9])
    expect(picture.flat().filter((x) => x === 9)).toHaveLength(5 * size * size)
    expect(() => augment.mosaic([4, 4], { margin: 0.7 })).toThrow(/between 0 and 0\.5/)
  })
})
