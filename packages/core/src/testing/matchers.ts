/** Matchers for `expect.extend` of vitest and jest: tensors, and trees of them, that are close. */
import { TreeError } from '../errors.js'
import type { Tensor } from '../tensor.js'
import { flattenTensors } from '../tree/flat-function.js'
import { checkSameStructure, leafPaths, showPath } from '../tree/structure.js'
import { firstDifference, type Tolerance } from './measure.js'

/** What a matcher tells `expect`. */
export interface Matched {
  readonly pass: boolean
  readonly message: () => string
}

/** Where trees part first; null if they are of one structure and close. */
const treeDifference = (received: unknown, expected: unknown, tolerance: Tolerance): string | null => {
  try {
    checkSameStructure('toBeCloseTensor', expected, received)
  } catch (error) {
    if (error instanceof TreeError) return error.message
    throw error
  }
  const [found, wanted] = [flattenTensors(received)[0], flattenTensors(expected)[0]]
  const paths = leafPaths(expected)
  for (const [i, leaf] of wanted.entries()) {
    const wrong = firstDifference([found[i] as Tensor], [leaf], tolerance)
    if (wrong !== null) return `${showPath(paths[i] ?? [], 'the value')}: ${wrong}`
  }
  return null
}

/**
 * `expect(x).toBeCloseTensor(y, { rtol, atol })`: tensors, or trees of them, of the same shapes and dtypes whose numbers differ by
 * no more than `atol + rtol · |y|` (1e-5 and 1e-8 unless said); NaN is close to NaN. `toEqual` compares them exactly.
 * Once in a test file: `expect.extend(matchers)`.
 * @example matchers.toBeCloseTensor(np.exp(np.array(0)), np.array(1)).pass // true
 */
export const matchers = Object.freeze({
  toBeCloseTensor: (
    received: unknown,
    expected: unknown,
    { rtol = 1e-5, atol = 1e-8 }: Partial<Tolerance> = {},
  ): Matched => {
    const wrong = treeDifference(received, expected, { rtol, atol })
    return {
      pass: wrong === null,
      message: () =>
        wrong === null ? `expected the tensors to differ by more than rtol ${rtol}, atol ${atol}` : wrong,
    }
  },
} as const)
