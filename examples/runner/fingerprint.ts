/** A digest of everything that was learnt. */
import { createHash } from 'node:crypto'
import { type Tensor, tree } from '@puregrad/core'

/** SHA-256 over the bits of all leaves: two trainings have the same if and only if all their bits are the same. */
export const fingerprint = (x: unknown): string => {
  const hash = createHash('sha256')
  for (const leaf of tree.leaves(x) as readonly Tensor[]) {
    const numbers = leaf.data()
    hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
  }
  return hash.digest('hex')
}
