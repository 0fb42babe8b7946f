import { np, Tensor, TreeError, tree } from '@puregrad/core'

/** Tensors by name, in the order of a file. A map, because a name from a file may be any string, `__proto__` too. */
export type NamedTensors = ReadonlyMap<string, Tensor>

/** What is written: a map, or a record of tensors. */
export type TensorsByName = NamedTensors | Readonly<Record<string, Tensor>>

export const entriesOf = (tensors: TensorsByName): readonly (readonly [string, Tensor])[] =>
  tensors instanceof Map ? [...(tensors as NamedTensors)] : Object.entries(tensors)

/**
 * The leaves of a tree by their paths, joined by dots, so that they can be written to a file.
 * @throws TreeError if two leaves get one name, as in `{ 'a.b': x, a: { b: y } }`
 * @example [...nameLeaves({ conv: [{ kernel: np.ones([3]) }] }).keys()] // ['conv.0.kernel']
 */
export const nameLeaves = (parameters: unknown): NamedTensors => {
  const named = new Map<string, Tensor>()
  const paths = tree.leafPaths(parameters)
  tree.leaves(parameters as never).forEach((leaf: unknown, i) => {
    const name = (paths[i] as tree.Path).join('.')
    if (named.has(name)) throw new TreeError(`nameLeaves: two leaves have the name ${name}. Take keys without dots.`)
    named.set(name, leaf instanceof Tensor ? leaf : np.array(leaf as number))
  })
  return named
}
