/** Functions on trees as functions on lists of tensors, which is what traces interpret. */
import { TreeError } from '../errors.js'
import { type Tensor, toTensor } from '../tensor.js'
import { type Structure, takeApart, unflatten } from './structure.js'

export interface FlatFunction {
  readonly call: (inputs: readonly Tensor[]) => readonly Tensor[]
  /** The structure of the result of the last call. */
  readonly outputStructure: () => Structure
}

/** The tensors of a tree, numbers made scalars; `name` is what errors call it. */
export const flattenTensors = (tree: unknown, name?: string): readonly [readonly Tensor[], Structure] => {
  const [leaves, structure] = takeApart(tree, name)
  return [leaves.map(toTensor), structure]
}

/** `f`, which takes a list of trees of this structure, on their leaves. */
export const flatFunction = (f: (...args: never[]) => unknown, inputs: Structure): FlatFunction => {
  let outputs: Structure | undefined
  return {
    call: (leaves) => {
      const result = (f as (...args: unknown[]) => unknown)(...(unflatten(inputs, leaves) as unknown[]))
      const [tensors, structure] = flattenTensors(checkedResult(result))
      outputs = structure
      return tensors
    },
    outputStructure: () => outputs as Structure,
  }
}

/** What a transformed function returned. @throws TreeError for nothing, or a promise */
export const checkedResult = (result: unknown): unknown => {
  if (result === undefined) throw new TreeError('The function returned nothing (undefined). Does it lack a `return`?')
  if (Object.prototype.toString.call(result) === '[object Promise]')
    throw new TreeError('The function returned a promise. Transforms take synchronous functions.')
  return result
}
