/** Reductions of sliding windows. */

import { checkNumber } from '../checks.js'
import type { DType } from '../dtype.js'
import { operation } from '../operation.js'
import { add, mul } from '../primitives/arithmetic.js'
import { checkSteps, dilated, type Padding, resolvePadding } from '../primitives/conv-dimensions.js'
import { max, min } from '../primitives/maximum.js'
import { broadcastTo, reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import {
  reduceWindowMax,
  reduceWindowMin,
  reduceWindowProd,
  reduceWindowSum,
  type WindowGeometry,
  windowPatches,
} from '../primitives/window.js'
import { checkSize, range, type Shape } from '../shape.js'
import { ConcreteTensor, scalar, Tensor } from '../tensor.js'

export interface ReduceWindowOptions {
  readonly baseDilation?: Shape
  readonly windowDilation?: Shape
}

const smallest: Readonly<Record<DType, number>> = {
  float32: Number.NEGATIVE_INFINITY,
  float64: Number.NEGATIVE_INFINITY,
  int32: -(2 ** 31),
  uint32: 0,
  uint8: 0,
  bool: 0,
}
const largest: Readonly<Record<DType, number>> = {
  float32: Number.POSITIVE_INFINITY,
  float64: Number.POSITIVE_INFINITY,
  int32: 2 ** 31 - 1,
  uint32: 2 ** 32 - 1,
  uint8: 255,
  bool: 1,
}

/** Infinity stands for the ends of an integer's range. */
const finite = (value: number, dtype: DType): number => Math.min(Math.max(value, smallest[dtype]), largest[dtype])

/** Computations with a kernel of their own, and the initial value that it starts from. */
const known = new Map<
  unknown,
  { readonly reduce: (x: Tensor, geometry: WindowGeometry) => Tensor; readonly identity: (dtype: DType) => number }
>([
  [add, { reduce: reduceWindowSum, identity: () => 0 }],
  [mul, { reduce: reduceWindowProd, identity: () => 1 }],
  [max, { reduce: reduceWindowMax, identity: (dtype) => smallest[dtype] }],
  [min, { reduce: reduceWindowMin, identity: (dtype) => largest[dtype] }],
])

/**
 * Each window folded by `computation`, starting from `initValue`, which also is what padding holds. `lax.add`, `lax.mul`,
 * `lax.max` and `lax.min` from their identities run as one kernel; other functions fold one window position after another.
 * @throws ShapeError, DTypeError
 * @example
 * const x = np.array([[1, 5, 2, 0], [4, 3, 1, 7]])
 * lax.reduceWindow(x, -Infinity, lax.max, [2, 2], [2, 2], 'VALID') // [[5, 7]]
 */
export const reduceWindow = operation(
  'reduceWindow',
  { at: 6, names: ['baseDilation', 'windowDilation'] },
  (
    x: Tensor,
    initValue: Tensor | number,
    computation: (a: Tensor, b: Tensor) => Tensor,
    windowDimensions: Shape,
    windowStrides: Shape,
    padding: Padding,
    { baseDilation = x.sizes.map(() => 1), windowDilation = x.sizes.map(() => 1) }: ReduceWindowOptions = {},
  ): Tensor => {
    const lists = { windowDimensions, windowStrides, baseDilation, windowDilation }
    for (const [name, steps] of Object.entries(lists)) checkSteps('reduceWindow', name, steps, x.ndim)
    const geometry: WindowGeometry = {
      window: windowDimensions,
      strides: windowStrides,
      padding: resolvePadding(
        'reduceWindow',
        padding,
        x.sizes.map((n, i) => dilated(n, baseDilation[i] as number)),
        windowDimensions.map((n, i) => dilated(n, windowDilation[i] as number)),
        windowStrides,
      ),
      baseDilation,
      windowDilation,
    }
    if (!(initValue instanceof Tensor)) checkNumber('reduceWindow', 'the initial value', initValue)
    checkSize('reduceWindow', windowDimensions)
    const kernel = known.get(computation)
    const start = initValue instanceof Tensor ? initValue : scalar(finite(initValue, x.dtype), x.dtype)
    const value = start instanceof ConcreteTensor ? start.single() : null
    if (kernel !== undefined && value === kernel.identity(x.dtype)) {
      return kernel.reduce(x, geometry)
    }
    const patches = windowPatches(x, geometry, start)
    const last = patches.ndim - 1
    const shape = patches.sizes.slice(0, last)
    return range(patches.sizes[last] as number).reduce(
      (sum, i) => computation(sum, reshape(sliceAxis(patches, last, i, i + 1), shape)),
      broadcastTo(start, shape),
    )
  },
)
