/** Whether the leaves of a checkpoint are those of a tree. */
import { tree } from '@puregrad/core'
import { type CheckpointError, checkpointError } from './checkpointError.js'
import { type LeafEntry, showTypeOf, typeOf } from './format.js'

const cure = 'Load it with the model and optimiser that it was saved with.'

/** The first leaf that is missing, too many, or of another shape or dtype; null if all agree. */
export const checkLike = (entries: readonly LeafEntry[], like: unknown, file: string): CheckpointError | null => {
  const [leaves] = tree.flatten(like)
  const held = new Map(entries.map((entry) => [JSON.stringify(entry.path), entry]))
  const wanted = tree.leafPaths(like).map((path, i) => ({ path, type: typeOf(leaves[i] as tree.Leaf) }))
  for (const { path, type } of wanted) {
    const leaf = tree.showPath(path)
    const entry = held.get(JSON.stringify(path))
    const expected = showTypeOf(type)
    if (entry === undefined) {
      return checkpointError('tree', { file, leaf, expected, found: 'no such leaf', cure })
    }
    const found = showTypeOf(entry)
    if (entry.dtype !== type.dtype || entry.kind !== type.kind) {
      return checkpointError('dtype', { file, leaf, expected, found, cure })
    }
    if (entry.shape.length !== type.shape.length || entry.shape.some((n, i) => n !== type.shape[i])) {
      return checkpointError('shape', { file, leaf, expected, found, cure })
    }
  }
  const names = new Set(wanted.map(({ path }) => JSON.stringify(path)))
  const extra = entries.find(({ path }) => !names.has(JSON.stringify(path)))
  if (extra === undefined) return null
  const [leaf, found] = [tree.showPath(extra.path), showTypeOf(extra)]
  return checkpointError('tree', { file, leaf, expected: 'no such leaf', found, cure })
}
