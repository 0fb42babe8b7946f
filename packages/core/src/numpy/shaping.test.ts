import { describe, expect, it } from 'vitest'
import '../trace/evaluate.js'
import { RangeError, ShapeError } from '../errors.js'
import type { Tensor } from '../tensor.js'
import { jit } from '../transforms/jit.js'
import * as np from './index.js'

const x = np.arange(24, { dtype: 'float32' }).reshape(2, 3, 4)

describe('reshape', () => {
  it('infers one size', () => {
    expect(np.reshape(x, [4, -1]).shape).toEqual([4, 6])
    expect(np.reshape(x, -1).shape).toEqual([24])
    expect(x.reshape(6, 4).shape).toEqual([6, 4])
    expect(np.reshape(np.zeros([0, 3]), [3, 0]).shape).toEqual([3, 0])
  })
  it('suggests the size that fits', () => {
    expect(() => np.reshape(x, [5, 6])).toThrow(
      'reshape: float32[2,3,4] has 24 elements and [5,6] would have 30. Did you mean [-1,6]?',
    )
    expect(() => np.reshape(x, [5, -1])).toThrow(ShapeError)
    expect(() => np.reshape(np.zeros([0]), [0, -1])).toThrow(ShapeError)
    expect(() => np.reshape(x, [-1, -1])).toThrow(ShapeError)
  })
})

describe('axes', () => {
  it('change their order', () => {
    expect(np.transpose(x).shape).toEqual([4, 3, 2])
    expect(np.transpose(x, [1, -1, 0]).shape).toEqual([3, 4, 2])
    expect(x.T.slice(1, 2, 1).item()).toBe(x.slice(1, 2, 1).item())
    expect(np.moveaxis(x, [0, 1], [-1, -2]).shape).toEqual([4, 3, 2])
    expect(np.rollaxis(x, 2).shape).toEqual([4, 2, 3])
    expect(np.matrixTranspose(x).shape).toEqual([2, 4, 3])
    expect(() => np.transpose(x, [0, 0, 1])).toThrow(ShapeError)
    expect(() => np.moveaxis(x, [0, 0], [1, 2])).toThrow(ShapeError)
    expect(() => np.swapaxes(x, 0, 3)).toThrow(RangeError)
  })
  it('come and go', () => {
    expect(np.expandDims(x, [0, -1]).shape).toEqual([1, 2, 3, 4, 1])
    expect(np.squeeze(np.ones([1, 2, 1]), 0).shape).toEqual([2, 1])
    expect(() => np.squeeze(x, 0)).toThrow('axis 0 of float32[2,3,4] has size 2')
    expect(np.atleast2d(5).shape).toEqual([1, 1])
  })
  it('broadcast', () => {
    expect(np.broadcastTo(np.ones([3, 1]), [2, 3, 4]).shape).toEqual([2, 3, 4])
    expect(() => np.broadcastTo(x, [3, 4])).toThrow(ShapeError)
    expect(np.broadcastShapes([5, 1], [1, 6])).toEqual([5, 6])
  })
})

describe('joining and splitting', () => {
  const [a, b] = [np.array([[1, 2]]), np.array([[3, 4]])]
  it('promotes and keeps order', () => {
    expect(np.concatenate([a, b.astype('int32')], { axis: -1 }).toArray()).toEqual([[1, 2, 3, 4]])
    expect(np.concatenate([a, b], { axis: null }).toArray()).toEqual([1, 2, 3, 4])
    expect(np.stack([a, b], { axis: -1 }).toArray()).toEqual([
      [
        [1, 3],
        [2, 4],
      ],
    ])
    expect(np.concatenate(x).shape).toEqual([6, 4])
    expect(np.append(a, b, { axis: 0 }).shape).toEqual([2, 2])
    expect(
      np
        .block([
          [a, b],
          [b, a],
        ])
        .toArray(),
    ).toEqual([
      [1, 2, 3, 4],
      [3, 4, 1, 2],
    ])
  })
  it('says what does not fit', () => {
    expect(() => np.concatenate([])).toThrow('empty')
    expect(() => np.concatenate([np.array(1)])).toThrow(ShapeError)
    expect(() => np.concatenate([a, np.ones([1, 3])])).toThrow(ShapeError)
    expect(() => np.stack([a, np.ones([2])])).toThrow(ShapeError)
    expect(() => np.split(np.arange(5), 2)).toThrow('np.arraySplit')
    expect(() => np.split(np.arange(5), [3, 1])).toThrow('do not increase')
  })
  it('split undoes concatenate', () => {
    const parts = np.split(x, [1, 2], { axis: 1 })
    expect(parts.map((p) => p.shape)).toEqual([
      [2, 1, 4],
      [2, 1, 4],
      [2, 1, 4],
    ])
    expect(np.concatenate(parts, { axis: 1 }).toArray()).toEqual(x.toArray())
    expect(np.split(np.arange(3), [2, 7]).map((p) => p.toArray())).toEqual([[0, 1], [2], []])
    expect(np.arraySplit(np.arange(5), 3).map((p) => p.size)).toEqual([2, 2, 1])
    expect([...x].map((row) => row.shape)).toEqual([
      [3, 4],
      [3, 4],
    ])
    expect(np.unstack(x, { axis: -1 }).length).toBe(4)
    expect(() => [...np.array(1)]).toThrow(ShapeError)
  })
})

describe('reordering', () => {
  const m = np.array([
    [1, 2, 3],
    [4, 5, 6],
  ])
  it('flips and turns', () => {
    expect(np.flip(m).toArray()).toEqual([
      [6, 5, 4],
      [3, 2, 1],
    ])
    expect(np.rot90(m).toArray()).toEqual([
      [3, 6],
      [2, 5],
      [1, 4],
    ])
    expect(np.rot90(m, { k: -1 }).toArray()).toEqual([
      [4, 1],
      [5, 2],
      [6, 3],
    ])
    expect(np.rot90(m, { k: 2 }).toArray()).toEqual(np.flip(m).toArray())
  })
  it('rolls by static and traced amounts alike', () => {
    expect(np.roll(m, 1).toArray()).toEqual([
      [6, 1, 2],
      [3, 4, 5],
    ])
    expect(np.roll(m, [1, -1], { axis: [0, 1] }).toArray()).toEqual([
      [5, 6, 4],
      [2, 3, 1],
    ])
    const roll = jit((t: Tensor, by: Tensor) => np.roll(t, by, { axis: 1 }))
    for (const by of [-4, -1, 0, 2, 7]) {
      expect(roll(m, np.array(by, { dtype: 'int32' })).toArray()).toEqual(np.roll(m, by, { axis: 1 }).toArray())
    }
  })
  it('tiles and repeats', () => {
    expect(np.tile(m, [2, 1]).shape).toEqual([4, 3])
    expect(np.tile(np.array([1, 2]), [2, 2]).toArray()).toEqual([
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ])
    expect(np.repeat(m, 2, { axis: 0 }).toArray()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [4, 5, 6],
      [4, 5, 6],
    ])
    expect(np.repeat(np.array([1, 2, 3]), [0, 2, 1]).toArray()).toEqual([2, 2, 3])
    expect(np.repeat(np.array([1, 2]), [1, 1], { totalRepeatLength: 4 }).toArray()).toEqual([1, 2, 2, 2])
    expect(() => np.repeat(np.array([1, 2]), [1, 2, 3])).toThrow(ShapeError)
    expect(np.resize(m, [2, 4]).toArray()).toEqual([
      [1, 2, 3, 4],
      [5, 6, 1, 2],
    ])
  })
})

describe('picking', () => {
  const m = np.array([
    [1, 2, 3],
    [4, 5, 6],
  ])
  const int = (values: np.ArrayLike): Tensor => np.array(values, { dtype: 'int32' })
  it('take fills, clips, wraps, and checks JS numbers', () => {
    expect(np.take(m, int([0, 3, -1]), { axis: 1 }).toArray()).toEqual([
      [1, Number.NaN, 3],
      [4, Number.NaN, 6],
    ])
    expect(np.take(m, int([0, 3]), { axis: 1, mode: 'clip' }).toArray()).toEqual([
      [1, 3],
      [4, 6],
    ])
    expect(np.take(m, int([4, -4]), { axis: 1, mode: 'wrap' }).toArray()).toEqual([
      [2, 3],
      [5, 6],
    ])
    expect(np.take(m, 4).item()).toBe(5)
    expect(np.take(m, int([[0, 1]]), { axis: 0 }).shape).toEqual([1, 2, 3])
    expect(() => np.take(m, [3], { axis: 1 })).toThrow(RangeError)
  })
  it('takeAlongAxis inverts argsort and broadcasts', () => {
    const y = np.array([
      [3, 1, 2],
      [9, 7, 8],
    ])
    expect(np.takeAlongAxis(y, np.argsort(y)).toArray()).toEqual(np.sort(y).toArray())
    expect(np.takeAlongAxis(y, int([[1]]), { axis: 1 }).toArray()).toEqual([[1], [7]])
    expect(np.takeAlongAxis(y, int([[0, 2]]), { axis: 1 }).toArray()).toEqual([
      [3, 2],
      [9, 8],
    ])
    expect(np.putAlongAxis(y, int([[0], [2]]), 0, 1).toArray()).toEqual([
      [0, 1, 2],
      [9, 7, 0],
    ])
    expect(() => np.takeAlongAxis(y, int([0]))).toThrow(ShapeError)
  })
})

describe('sorting', () => {
  const { NaN: nan } = Number
  it('puts NaN last, or first if descending', () => {
    expect(np.sort(np.array([2, nan, 1])).toArray()).toEqual([1, 2, nan])
    expect(np.sort(np.array([2, nan, 1]), { descending: true }).toArray()).toEqual([nan, 2, 1])
    expect(
      np
        .sort(
          np.array([
            [3, 1],
            [2, 4],
          ]),
          { axis: null },
        )
        .toArray(),
    ).toEqual([1, 2, 3, 4])
  })
  it('is stable in both directions', () => {
    const keys = np.array([1, 0, 1, 0], { dtype: 'int32' })
    expect(np.argsort(keys).toArray()).toEqual([1, 3, 0, 2])
    expect(np.argsort(keys, { descending: true }).toArray()).toEqual([0, 2, 1, 3])
    expect(np.lexsort([np.array([3, 1, 2, 0]), keys]).toArray()).toEqual([3, 1, 2, 0])
  })
  it('finds the largest', () => {
    const [values, indices] = np.topk(
      np.array([
        [1, 4],
        [9, 2],
        [5, 3],
      ]),
      2,
      { axis: 0 },
    )
    expect(values.toArray()).toEqual([
      [9, 4],
      [5, 3],
    ])
    expect(indices.toArray()).toEqual([
      [1, 0],
      [2, 2],
    ])
    expect(() => np.topk(np.array([1]), 2)).toThrow(RangeError)
  })
})

describe('functions along axes', () => {
  it('see one vector at a time and may change its length', () => {
    expect(np.applyAlongAxis((v) => v.slice({ stop: 2 }), 1, x).toArray()).toEqual(x.slice({}, { stop: 2 }).toArray())
    expect(np.applyAlongAxis((v) => v.sum(), 0, x).toArray()).toEqual(x.sum({ axis: 0 }).toArray())
    expect(np.applyOverAxes((t, axis) => np.sum(t, { axis }), x, [0, 2]).toArray()).toEqual([[[60], [92], [124]]])
  })
})
