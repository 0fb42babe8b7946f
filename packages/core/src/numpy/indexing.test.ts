import { describe, expect, it } from 'vitest'
import '../trace/evaluate.js'
import { ConcretizationError, DTypeError, RangeError, ShapeError } from '../errors.js'
import type { IndexEntry, Slice, Tensor } from '../tensor.js'
import { jit } from '../transforms/jit.js'
import { vjp } from '../transforms/vjp.js'
import { vmap } from '../transforms/vmap.js'
import * as np from './index.js'

const x = np.arange(24, { dtype: 'float32' }).reshape(2, 3, 4)
const int = (values: np.ArrayLike): Tensor => np.array(values, { dtype: 'int32' })

describe('basic indexing', () => {
  const cases: readonly (readonly [string, readonly IndexEntry[], readonly number[], unknown])[] = [
    ['an integer drops its axis', [1, 2], [4], [20, 21, 22, 23]],
    ['negative integers count from the end', [-1, -1, -1], [], 23],
    ['a slice with start and stop', [0, { start: 1, stop: 3 }, 0], [2], [4, 8]],
    ['a slice with a step', [0, 0, { step: 2 }], [2], [0, 2]],
    ['a negative step walks backwards', [0, 0, { step: -1 }], [4], [3, 2, 1, 0]],
    ['a negative step with bounds', [0, 0, { start: 3, stop: 0, step: -2 }], [2], [3, 1]],
    ['bounds beyond the end are cut', [0, 0, { start: 2, stop: 99 }], [2], [2, 3]],
    ['an empty range gives nothing', [0, 0, { start: 3, stop: 1 }], [0], []],
    ['null adds an axis', [0, 0, null, { stop: 2 }], [1, 2], [[0, 1]]],
    [
      'an ellipsis stands for the other axes',
      ['...', 1],
      [2, 3],
      [
        [1, 5, 9],
        [13, 17, 21],
      ],
    ],
  ]
  for (const [title, index, shape, values] of cases) {
    it(title, () => {
      const y = x.slice(...index)
      expect(y.shape).toEqual(shape)
      expect(y.toArray()).toEqual(values)
    })
  }
})

describe('advanced indexing', () => {
  it('one array takes the place of its axis', () => {
    expect(x.slice({}, int([2, 0]), 1).toArray()).toEqual([
      [9, 1],
      [21, 13],
    ])
    expect(x.slice({}, [2, 0]).shape).toEqual([2, 2, 4])
  })
  it('arrays broadcast against one another', () => {
    expect(x.slice(int([[0], [1]]), int([0, 2])).shape).toEqual([2, 2, 4])
    expect(x.slice(int([[0], [1]]), int([0, 2]), 0).toArray()).toEqual([
      [0, 8],
      [12, 20],
    ])
  })
  it('arrays apart from one another come out in front', () => {
    expect(x.slice([0, 1], {}, [0, 3]).toArray()).toEqual([
      [0, 4, 8],
      [15, 19, 23],
    ])
    expect(x.slice(0, {}, [0, 3]).toArray()).toEqual([
      [0, 4, 8],
      [3, 7, 11],
    ])
    expect(np.ones([2, 3, 4, 5]).slice({}, [0, 1], {}, [2, 3]).shape).toEqual([2, 2, 4])
  })
  it('new axes and slices keep their places', () => {
    expect(x.slice(null, { start: 1 }, [0, 1], null, { step: 2 }).shape).toEqual([1, 1, 2, 1, 2])
    expect(x.slice({ start: 1 }, [0, 2], { step: -2 }).toArray()).toEqual([
      [
        [15, 13],
        [23, 21],
      ],
    ])
  })
  it('a new axis keeps an integer and an array apart', () => {
    const y = np.zeros([3, 1, 4]).at({ start: 1, step: 2 }, null, [-1, 0], null, -3)
    expect(y.get().shape).toEqual([2, 1, 1, 1])
    expect(
      y
        .add(np.array([1, 2]).reshape(2, 1, 1, 1))
        .slice(1, 0)
        .toArray(),
    ).toEqual([0, 3, 0, 0])
  })
  it('a mask picks what is true', () => {
    expect(x.slice(x.gt(20)).toArray()).toEqual([21, 22, 23])
    expect(x.slice({}, np.array([true, false, true])).shape).toEqual([2, 2, 4])
  })
  it('every way to combine entries agrees with picking one by one', () => {
    const entries: readonly (number | Slice | readonly number[])[] = [1, { start: 1 }, { step: -2 }, [1, 0, 1]]
    const positions = (entry: number | Slice | readonly number[], n: number): readonly number[] => {
      if (typeof entry === 'number') return [entry]
      if (Array.isArray(entry)) return entry as readonly number[]
      const all = Array.from({ length: n }, (_, i) => i)
      const { start, step } = entry as Slice
      return step === -2 ? all.reverse().filter((_, i) => i % 2 === 0) : all.slice(start ?? 0)
    }
    for (const a of entries) {
      for (const b of entries) {
        for (const c of entries) {
          const lists = [a, b, c].map((e, axis) => positions(e, x.shape[axis] as number))
          const together = [a, b, c].filter(Array.isArray).length > 1
          const expected: number[] = []
          const add = (i: number, j: number, k: number): void => {
            expected.push(12 * i + 4 * j + k)
          }
          const at = (axis: number, i: number): number => (lists[axis] as number[])[i] as number
          if (together) {
            const walk = [a, b, c].map((e, axis) => (Array.isArray(e) ? null : (lists[axis] as number[]).length))
            for (let n = 0; n < 3; n++) {
              const ranges = walk.map((w) => Array.from({ length: w ?? 1 }, (_, i) => i))
              for (const i of ranges[0] as number[])
                for (const j of ranges[1] as number[])
                  for (const k of ranges[2] as number[])
                    add(
                      at(0, walk[0] === null ? n : i),
                      at(1, walk[1] === null ? n : j),
                      at(2, walk[2] === null ? n : k),
                    )
            }
          } else
            for (const i of lists[0] as number[])
              for (const j of lists[1] as number[]) for (const k of lists[2] as number[]) add(i, j, k)
          const sorted = (values: Iterable<number>): number[] => [...values].sort((p, q) => p - q)
          expect(sorted(x.slice(a, b, c).data())).toEqual(sorted(expected))
          const counted = np.zeros([2, 3, 4]).at(a, b, c).add(1)
          const counts = new Float32Array(24)
          for (const e of expected) counts[e] = (counts[e] as number) + 1
          expect(counted.data()).toEqual(counts)
        }
      }
    }
  })
})

describe('updates', () => {
  const v = np.array([1, 2, 3, 4])
  it('set, add, mul, min and max give new tensors', () => {
    expect(v.at(1).set(9).toArray()).toEqual([1, 9, 3, 4])
    expect(v.at({ start: 2 }).add(10).toArray()).toEqual([1, 2, 13, 14])
    expect(
      v
        .at([0, 3])
        .mul(np.array([2, 3]))
        .toArray(),
    ).toEqual([2, 2, 3, 12])
    expect(v.at({ step: 2 }).min(2).toArray()).toEqual([1, 2, 2, 4])
    expect(
      v
        .at({ step: -1 })
        .max(np.array([0, 5, 0, 5]))
        .toArray(),
    ).toEqual([5, 2, 5, 4])
    expect(v.toArray()).toEqual([1, 2, 3, 4])
  })
  it('repeated positions add up', () => {
    expect(v.at([0, 0, 0]).add(1).toArray()).toEqual([4, 2, 3, 4])
  })
  it('values broadcast to the indexed shape', () => {
    expect(
      np
        .zeros([2, 2])
        .at({}, 1)
        .set(np.array([5, 6]))
        .toArray(),
    ).toEqual([
      [0, 5],
      [0, 6],
    ])
    expect(
      np
        .zeros([2, 2])
        .at([1])
        .set(np.array([7, 8]))
        .toArray(),
    ).toEqual([
      [0, 0],
      [7, 8],
    ])
    expect(() => v.at({ stop: 2 }).set(np.ones([3]))).toThrow(ShapeError)
  })
  it('a reversed range takes values in its order', () => {
    expect(
      v
        .at({ step: -1 })
        .set(np.array([10, 20, 30, 40]))
        .toArray(),
    ).toEqual([40, 30, 20, 10])
  })
  it('masks, also those known only at run time', () => {
    expect(v.at(v.gt(2)).set(0).toArray()).toEqual([1, 2, 0, 0])
    expect(
      v
        .at(v.gt(2))
        .set(np.array([7, 8]))
        .toArray(),
    ).toEqual([1, 2, 7, 8])
    expect(jit((t: Tensor) => t.at(t.gt(2)).add(1))(v).toArray()).toEqual([1, 2, 4, 5])
  })
})

describe('positions outside', () => {
  const v = np.array([1, 2, 3])
  it('static ones throw and say where', () => {
    expect(() => v.slice(3)).toThrow(RangeError)
    expect(() => v.slice(3)).toThrow('position 3 is outside axis 0 of shape [3]. Positions go from -3 to 2.')
    expect(() => v.at([0, -4]).set(1)).toThrow(RangeError)
    expect(() => v.slice(0, 0)).toThrow(ShapeError)
    expect(() => v.slice(0.5)).toThrow(DTypeError)
    expect(() => v.slice(np.array([0]))).toThrow(DTypeError)
  })
  it('others follow the mode: get fills, set drops, slice clips', () => {
    const outside = int([2, 5])
    expect(v.at(outside).get().toArray()).toEqual([3, Number.NaN])
    expect(v.at(outside).get({ mode: 'clip' }).toArray()).toEqual([3, 3])
    expect(v.at(outside).get({ mode: 'fill', fillValue: -1 }).toArray()).toEqual([3, -1])
    expect(v.at(outside).set(9).toArray()).toEqual([1, 2, 9])
    expect(v.at(outside).add(1, { mode: 'clip' }).toArray()).toEqual([1, 2, 5])
    expect(v.slice(outside).toArray()).toEqual([3, 3])
    expect(v.at(7).get({ mode: 'fill', fillValue: 0 }).item()).toBe(0)
  })
})

describe('under transforms', () => {
  it('a traced position reads and updates', () => {
    const pick = jit((t: Tensor, i: Tensor) => t.slice({}, i))
    expect(pick(x, int(2)).toArray()).toEqual(x.slice({}, 2).toArray())
    expect(pick(x, int(-1)).toArray()).toEqual(x.slice({}, 2).toArray())
    const put = jit((t: Tensor, i: Tensor) => t.at(i).set(0))
    expect(put(np.array([1, 2]), int(1)).toArray()).toEqual([1, 0])
    expect(put(np.array([1, 2]), int(9)).toArray()).toEqual([1, 2])
  })
  it('vmap of an index is one gather', () => {
    const rows = vmap((t: Tensor, i: Tensor) => t.slice(i))(x.slice(0), int([3, 0, 1]))
    expect(rows.toArray()).toEqual([3, 4, 9])
  })
  it('the derivative of reading is adding', () => {
    const [, pull] = vjp((t: Tensor) => t.slice([0, 0, 2]), np.array([1, 2, 3]))
    expect(pull(np.array([1, 10, 100]))[0].toArray()).toEqual([11, 0, 100])
  })
  it('a traced mask has no static size', () => {
    expect(() => jit((t: Tensor) => t.slice(t.gt(0)))(np.array([1]))).toThrow(ConcretizationError)
  })
})
