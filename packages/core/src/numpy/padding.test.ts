import { describe, expect, it } from 'vitest'
import '../trace/evaluate.js'
import { ShapeError } from '../errors.js'
import type { NestedArray, Tensor } from '../tensor.js'
import { grad } from '../transforms/grad.js'
import * as np from './index.js'

const x = np.array([
  [1, 2, 3],
  [4, 5, 6],
])
const v = np.array([1, 2, 4])

const close = (values: NestedArray): unknown =>
  Array.isArray(values) ? values.map(close) : expect.closeTo(values as number, 5)

/** Results of NumPy 2.4. */
const cases: readonly (readonly [Tensor, np.PadWidths, np.PadOptions, NestedArray])[] = [
  [
    x,
    [
      [1, 2],
      [2, 4],
    ],
    { mode: 'edge' },
    [
      [1, 1, 1, 2, 3, 3, 3, 3, 3],
      [1, 1, 1, 2, 3, 3, 3, 3, 3],
      [4, 4, 4, 5, 6, 6, 6, 6, 6],
      [4, 4, 4, 5, 6, 6, 6, 6, 6],
      [4, 4, 4, 5, 6, 6, 6, 6, 6],
    ],
  ],
  [v, [5, 6], { mode: 'edge' }, [1, 1, 1, 1, 1, 1, 2, 4, 4, 4, 4, 4, 4, 4]],
  [
    x,
    [
      [1, 2],
      [2, 4],
    ],
    { mode: 'reflect' },
    [
      [6, 5, 4, 5, 6, 5, 4, 5, 6],
      [3, 2, 1, 2, 3, 2, 1, 2, 3],
      [6, 5, 4, 5, 6, 5, 4, 5, 6],
      [3, 2, 1, 2, 3, 2, 1, 2, 3],
      [6, 5, 4, 5, 6, 5, 4, 5, 6],
    ],
  ],
  [v, [5, 6], { mode: 'reflect' }, [2, 1, 2, 4, 2, 1, 2, 4, 2, 1, 2, 4, 2, 1]],
  [
    x,
    [
      [1, 2],
      [2, 4],
    ],
    { mode: 'symmetric' },
    [
      [2, 1, 1, 2, 3, 3, 2, 1, 1],
      [2, 1, 1, 2, 3, 3, 2, 1, 1],
      [5, 4, 4, 5, 6, 6, 5, 4, 4],
      [5, 4, 4, 5, 6, 6, 5, 4, 4],
      [2, 1, 1, 2, 3, 3, 2, 1, 1],
    ],
  ],
  [v, [5, 6], { mode: 'symmetric' }, [2, 4, 4, 2, 1, 1, 2, 4, 4, 2, 1, 1, 2, 4]],
  [
    x,
    [
      [1, 2],
      [2, 4],
    ],
    { mode: 'wrap' },
    [
      [5, 6, 4, 5, 6, 4, 5, 6, 4],
      [2, 3, 1, 2, 3, 1, 2, 3, 1],
      [5, 6, 4, 5, 6, 4, 5, 6, 4],
      [2, 3, 1, 2, 3, 1, 2, 3, 1],
      [5, 6, 4, 5, 6, 4, 5, 6, 4],
    ],
  ],
  [v, [5, 6], { mode: 'wrap' }, [2, 4, 1, 2, 4, 1, 2, 4, 1, 2, 4, 1, 2, 4]],
  [
    x,
    [
      [1, 2],
      [2, 4],
    ],
    { mode: 'linear_ramp' },
    [
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0.5, 1, 2, 3, 2.25, 1.5, 0.75, 0],
      [0, 2, 4, 5, 6, 4.5, 3, 1.5, 0],
      [0, 1, 2, 2.5, 3, 2.25, 1.5, 0.75, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
  ],
  [
    v,
    [5, 6],
    { mode: 'linear_ramp' },
    [
      0, 0.2, 0.4, 0.6000000000000001, 0.8, 1, 2, 4, 3.333333333333333, 2.6666666666666665, 2, 1.3333333333333333,
      0.6666666666666666, 0,
    ],
  ],
  [
    x,
    [
      [1, 2],
      [2, 4],
    ],
    { mode: 'maximum' },
    [
      [6, 6, 4, 5, 6, 6, 6, 6, 6],
      [3, 3, 1, 2, 3, 3, 3, 3, 3],
      [6, 6, 4, 5, 6, 6, 6, 6, 6],
      [6, 6, 4, 5, 6, 6, 6, 6, 6],
      [6, 6, 4, 5, 6, 6, 6, 6, 6],
    ],
  ],
  [v, [5, 6], { mode: 'maximum' }, [4, 4, 4, 4, 4, 1, 2, 4, 4, 4, 4, 4, 4, 4]],
  [
    x,
    [
      [1, 2],
      [2, 4],
    ],
    { mode: 'mean' },
    [
      [3.5, 3.5, 2.5, 3.5, 4.5, 3.5, 3.5, 3.5, 3.5],
      [2, 2, 1, 2, 3, 2, 2, 2, 2],
      [5, 5, 4, 5, 6, 5, 5, 5, 5],
      [3.5, 3.5, 2.5, 3.5, 4.5, 3.5, 3.5, 3.5, 3.5],
      [3.5, 3.5, 2.5, 3.5, 4.5, 3.5, 3.5, 3.5, 3.5],
    ],
  ],
  [
    v,
    [5, 6],
    { mode: 'mean' },
    [
      2.3333333333333335, 2.3333333333333335, 2.3333333333333335, 2.3333333333333335, 2.3333333333333335, 1, 2, 4,
      2.3333333333333335, 2.3333333333333335, 2.3333333333333335, 2.3333333333333335, 2.3333333333333335,
      2.3333333333333335,
    ],
  ],
  [
    x,
    [
      [1, 2],
      [2, 4],
    ],
    { mode: 'minimum' },
    [
      [1, 1, 1, 2, 3, 1, 1, 1, 1],
      [1, 1, 1, 2, 3, 1, 1, 1, 1],
      [4, 4, 4, 5, 6, 4, 4, 4, 4],
      [1, 1, 1, 2, 3, 1, 1, 1, 1],
      [1, 1, 1, 2, 3, 1, 1, 1, 1],
    ],
  ],
  [v, [5, 6], { mode: 'minimum' }, [1, 1, 1, 1, 1, 1, 2, 4, 1, 1, 1, 1, 1, 1]],
  [v, [3, 4], { mode: 'reflect', reflectType: 'odd' }, [-4, -2, 0, 1, 2, 4, 6, 7, 8, 10]],
  [v, [4, 4], { mode: 'symmetric', reflectType: 'odd' }, [-2, -2, 0, 1, 1, 2, 4, 4, 6, 7, 7]],
  [v, [2, 2], { mode: 'linear_ramp', endValues: [9, -1] }, [9, 5, 1, 2, 4, 1.5, -1]],
  [v, [1, 2], { mode: 'mean', statLength: [1, 2] }, [1, 1, 2, 4, 3, 3]],
  [
    x,
    [
      [1, 0],
      [0, 1],
    ],
    {
      constantValues: [
        [7, 8],
        [9, 10],
      ],
    },
    [
      [7, 7, 7, 10],
      [1, 2, 3, 10],
      [4, 5, 6, 10],
    ],
  ],
  [
    x,
    1,
    { constantValues: -1 },
    [
      [-1, -1, -1, -1, -1],
      [-1, 1, 2, 3, -1],
      [-1, 4, 5, 6, -1],
      [-1, -1, -1, -1, -1],
    ],
  ],
]

describe('pad', () => {
  for (const [tensor, widths, options, expected] of cases) {
    it(`of rank ${tensor.ndim} with ${JSON.stringify(options)} by ${JSON.stringify(widths)}`, () => {
      expect(np.pad(tensor, widths, options).toArray()).toEqual(close(expected))
    })
  }
  it('keeps integers whole', () => {
    const i = np.array([1, 2], { dtype: 'int32' })
    expect(np.pad(i, [1, 0], { mode: 'mean' }).toArray()).toEqual([2, 1, 2])
    expect(np.pad(i, 1).dtype).toBe('int32')
    expect(np.pad(i, [0, 2], { mode: 'linear_ramp', endValues: 6 }).toArray()).toEqual([1, 2, 4, 6])
  })
  it('is padded by a function axis by axis', () => {
    const marked = np.pad(v, [1, 1], { mode: (y, [before], axis) => np.where(y.eq(0), 10 * before + axis, y) })
    expect(marked.toArray()).toEqual([10, 1, 2, 4, 10])
  })
  it('lets the slope of copies add up', () => {
    expect(grad((t: Tensor) => np.pad(t, [2, 1], { mode: 'reflect' }).sum())(v).toArray()).toEqual([1, 3, 2])
  })
  it('refuses what cannot be', () => {
    expect(() => np.pad(v, [-1, 0])).toThrow(ShapeError)
    expect(() => np.pad(np.zeros([0]), 1, { mode: 'edge' })).toThrow('empty')
    expect(() =>
      np.pad(x, [
        [1, 1],
        [1, 1],
        [1, 1],
      ]),
    ).toThrow('3 pairs')
    expect(() => np.pad(v, 1, { mode: 'mirror' as 'edge' })).toThrow('mirror')
  })
})
