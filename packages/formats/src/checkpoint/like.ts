/** Whether the leaves of a checkpoint are those of a tree. */
import { tree } from '@puregrad/core'
import { type CheckpointError, checkpointError } from './checkpoint-error.js'
import { type LeafType, showType, typesOf } from './format.js'

const cure = 'Load it with the model and optimiser that it was saved with.'

/**
 * The first leaf that is missing, too many, or of another shape or dtype; null if all agree.
 * @internal
 */
export const checkLike = (held: readonly LeafType[], like: unknown, file: string): CheckpointError | null => {
  const byPath = new Map(held.map((entry) => [JSON.stringify(entry.path), entry]))
  const wanted = typesOf(like)
  for (const type of wanted) {
    const leaf = tree.showPath(type.path)
    const entry = byPath.get(JSON.stringify(type.path))
    const expected = showType(type)
    if (entry === undefined) return checkpointError('tree', { file, leaf, expected, found: 'no such leaf', cure })
    const found = showType(entry)
    if (entry.dtype !== type.dtype || entry.kind !== type.kind) {
      return checkpointError('dtype', { file, leaf, expected, found, cure })
    }
    if (entry.shape.length !== type.shape.length || entry.shape.some((n, i) => n !== type.shape[i])) {
      return checkpointError('shape', { file, leaf, expected, found, cure })
    }
  }
  const names = new Set(wanted.map(({ path }) => JSON.stringify(path)))
  const extra = held.find(({ path }) => !names.has(JSON.stringify(path)))
  if (extra === undefined) return null
  const [leaf, found] = [tree.showPath(extra.path), showType(extra)]
  return checkpointError('tree', { file, leaf, expected: 'no such leaf', found, cure })
}
