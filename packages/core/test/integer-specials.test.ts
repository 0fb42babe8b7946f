/**
 * Integers where arithmetic leaves the integers: JAX's results on a CPU, of XLA's rules (a quotient by 0 has all bits set, a remainder
 * by 0 is the dividend, the least integer by −1 wraps) and of jax.numpy's formulas over them. NumPy gives 0 for `//` and `%` by 0.
 */
import { type DType, jit, lax, np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const least = -(2 ** 31)
const largest = 2 ** 31 - 1
const whole = 2 ** 32 - 1

type Row = readonly [
  name: string,
  f: (x: Tensor, y: Tensor) => Tensor,
  dtype: DType,
  rows: readonly (readonly [x: number, y: number, result: number])[],
]

const table: readonly Row[] = [
  [
    'floorDivide',
    np.floorDivide,
    'int32',
    [
      [5, 0, -2],
      [-5, 0, -2],
      [0, 0, -1],
      [least, 0, -2],
      [least, -1, least],
      [7, 3, 2],
      [-7, 3, -3],
      [7, -3, -3],
      [-7, -3, 2],
      [least, 3, -715827883],
    ],
  ],
  [
    'remainder',
    np.remainder,
    'int32',
    [
      [5, 0, 5],
      [-5, 0, -5],
      [0, 0, 0],
      [least, -1, 0],
      [7, 3, 1],
      [-7, 3, 2],
      [7, -3, -2],
      [-7, -3, -1],
      [least, 3, 1],
    ],
  ],
  [
    'fmod',
    np.fmod,
    'int32',
    [
      [5, 0, 5],
      [least, -1, 0],
      [-7, 3, -1],
      [7, -3, 1],
    ],
  ],
  [
    'lax.div',
    lax.div,
    'int32',
    [
      [5, 0, -1],
      [-5, 0, -1],
      [0, 0, -1],
      [least, -1, least],
      [-7, 3, -2],
    ],
  ],
  [
    'lax.rem',
    lax.rem,
    'int32',
    [
      [5, 0, 5],
      [least, -1, 0],
      [-7, 3, -1],
    ],
  ],
  [
    'floorDivide',
    np.floorDivide,
    'uint8',
    [
      [5, 0, 255],
      [0, 0, 255],
      [255, 2, 127],
    ],
  ],
  [
    'floorDivide',
    np.floorDivide,
    'uint32',
    [
      [5, 0, whole],
      [whole, 2, largest],
    ],
  ],
  [
    'remainder',
    np.remainder,
    'uint32',
    [
      [5, 0, 5],
      [whole, 10, 5],
    ],
  ],
  [
    'leftShift',
    np.leftShift,
    'int32',
    [
      [1, 31, least],
      [1, 32, 0],
      [-1, 40, 0],
      [5, -1, 0],
    ],
  ],
  [
    'rightShift',
    np.rightShift,
    'int32',
    [
      [least, 31, -1],
      [1, 32, 0],
      [-1, 32, -1],
      [-8, 40, -1],
      [5, -1, 0],
    ],
  ],
  [
    'lax.shiftRightLogical',
    lax.shiftRightLogical,
    'int32',
    [
      [least, 31, 1],
      [-1, 32, 0],
      [-1, -1, 0],
    ],
  ],
  [
    'leftShift',
    np.leftShift,
    'uint8',
    [
      [255, 7, 128],
      [1, 8, 0],
    ],
  ],
  [
    'rightShift',
    np.rightShift,
    'uint8',
    [
      [255, 7, 1],
      [200, 8, 0],
    ],
  ],
  // Whole reciprocals: of 1 and −1, and 0 of all others. JAX keeps what repeated squares leave.
  [
    'power',
    np.power,
    'int32',
    [
      [2, -1, 0],
      [1, -5, 1],
      [-1, -3, -1],
      [-1, -4, 1],
      [0, 0, 1],
      [0, 3, 0],
      [3, 31, 1264544299],
      [2, 31, least],
      [2, 32, 0],
    ],
  ],
  [
    'add',
    np.add,
    'int32',
    [
      [largest, 1, least],
      [least, -1, largest],
    ],
  ],
  ['subtract', np.subtract, 'uint8', [[1, 2, 255]]],
  [
    'multiply',
    np.multiply,
    'int32',
    [
      [65536, 65536, 0],
      [least, -1, least],
    ],
  ],
]

describe.each(table)('%s', (_, f, dtype, rows) => {
  const [x, y] = [0, 1].map((i) =>
    np.array(
      rows.map((row) => row[i] as number),
      { dtype },
    ),
  ) as [Tensor, Tensor]
  it(`of ${dtype}`, () => {
    const wanted = rows.map(([, , result]) => result)
    expect(f(x, y).toArray()).toEqual(wanted)
    expect(jit(f)(x, y).toArray()).toEqual(wanted)
    expect(f(x, y).dtype).toBe(dtype)
  })
})

it.each([
  ['abs', np.abs, [least, -3], [least, 3]],
  ['negative', np.negative, [least, 3], [least, -3]],
  ['sign', np.sign, [least, 0, 4], [-1, 0, 1]],
  ['square', np.square, [65536, -3], [0, 9]],
])('%s of the least integer', (_, f: (x: Tensor) => Tensor, x, wanted) => {
  const operand = np.array(x, { dtype: 'int32' })
  expect(f(operand).toArray()).toEqual(wanted)
  expect(jit(f)(operand).toArray()).toEqual(wanted)
})

it.each([
  ['int32', [0, largest, least, largest, -1]],
  ['uint8', [0, 255, 0, 255, 0]],
] as const)('floats that %s does not hold saturate, and NaN is 0', (dtype, wanted) => {
  const x = np.array([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e20, -1.9])
  expect(x.astype(dtype).toArray()).toEqual(wanted)
  expect(jit((v: Tensor) => v.astype(dtype))(x).toArray()).toEqual(wanted)
})
