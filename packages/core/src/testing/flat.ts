/** Functions of trees as functions of lists of tensors, which is what checks work on. */
import { isFloat } from '../dtype.js'
import { convertElementType } from '../primitives/convert.js'
import type { Tensor } from '../tensor.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { leafPaths, showPath } from '../tree/structure.js'

export type Flat = (inputs: readonly Tensor[]) => readonly Tensor[]

/** A function of trees at some arguments. */
export interface FlatCall {
  readonly leaves: readonly Tensor[]
  /** What errors call each leaf: `argument 0.kernel`. */
  readonly names: readonly string[]
  readonly call: Flat
}

export const flatten = (f: (...args: never[]) => unknown, args: readonly unknown[]): FlatCall => {
  const [leaves, structure] = flattenTensors([...args])
  const names = leafPaths([...args]).map(([argument, ...path]) => showPath(path, `argument ${argument}`))
  return { leaves, names, call: flatFunction(f, structure).call }
}

/** The part of a function that has derivatives: from its float leaves to its float results, the other leaves fixed. */
export const smoothPart = ({ leaves, names, call }: FlatCall, wide = false): FlatCall => {
  const moves = leaves.map((x) => isFloat(x.dtype))
  return {
    leaves: leaves.filter((_, i) => moves[i]).map((x) => (wide ? convertElementType(x, 'float64') : x)),
    names: names.filter((_, i) => moves[i]),
    call: (inputs) => {
      let next = 0
      return call(leaves.map((x, i) => (moves[i] ? (inputs[next++] as Tensor) : x))).filter((y) => isFloat(y.dtype))
    },
  }
}
