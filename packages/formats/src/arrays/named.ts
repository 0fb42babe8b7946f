import { np, Tensor, TreeError, tree } from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import { type DataError, dataError } from '../bytes/data-error.js'
import { decoding, orRefuse } from '../bytes/decoding.js'

/** Tensors by name, in the order of a file. A map, because a name from a file may be any string, `__proto__` too. */
export type NamedTensors = ReadonlyMap<string, Tensor>

/**
 * The tensors of a file, and what it holds besides: members of which there is no tensor here, such as text, pickled objects
 * and numbers of 8 bits, each with the error that says why.
 */
export interface ReadTensors extends NamedTensors {
  readonly file: string
  readonly leftOut: ReadonlyMap<string, DataError>
}

/**
 * The tensors of a file from its members, inside `decoding`. A member whose kind is not supported is left out; any other
 * error is that of the whole file, and so is the first if there is no tensor at all.
 */
export const readTensors = (file: string, members: Iterable<readonly [string, () => Tensor]>): ReadTensors => {
  const tensors = new Map<string, Tensor>()
  const leftOut = new Map<string, DataError>()
  for (const [name, read] of members) {
    const result = decoding(read)
    if (E.isLeft(result) && result.left.kind === 'unsupported') leftOut.set(name, result.left)
    else tensors.set(name, orRefuse(result))
  }
  const [first] = leftOut.values()
  if (tensors.size === 0 && first !== undefined) return orRefuse(E.left(first))
  return Object.assign(tensors, { file, leftOut })
}

/**
 * A tensor of a file by its name; the error of one that was left out says why, that of one that is not there what there is.
 * @example
 * const read = weights.decodeNpz(weights.encodeNpz({ w: np.ones([2]) }), { file: 'w.npz' })
 * const found = E.isRight(read) ? weights.tensorNamed(read.right, 'b') : read
 * E.isLeft(found) && found.left.expected // '"b"'
 */
export const tensorNamed = (tensors: ReadTensors, name: string): E.Either<DataError, Tensor> => {
  const x = tensors.get(name)
  if (x !== undefined) return E.right(x)
  const names = [...tensors.keys()].map((held) => JSON.stringify(held)).join(', ')
  return E.left(
    tensors.leftOut.get(name) ??
      dataError('missing', {
        file: tensors.file,
        expected: JSON.stringify(name.slice(0, 80)),
        found: names === '' ? 'no tensors' : names.slice(0, 200),
        cure: 'Take one of these names.',
      }),
  )
}

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
