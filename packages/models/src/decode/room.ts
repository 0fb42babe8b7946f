/** What can be seen of a cache without knowing whose it is. */
import { RangeError, Tensor, tree } from '@puregrad/core'

interface Leaf {
  readonly path: readonly (string | number)[]
  readonly x: Tensor
}

const leavesOf = (cache: unknown): readonly Leaf[] => {
  const found: Leaf[] = []
  tree.mapWithPath((path, leaf) => {
    if ((leaf as unknown) instanceof Tensor) found.push({ path, x: leaf as unknown as Tensor })
    return 0
  }, cache)
  return found
}

/** Keys of attention to earlier positions, with the index that counts them beside. */
const keysIn = (cache: unknown): readonly Tensor[] => {
  const leaves = leavesOf(cache)
  const counted = new Set(
    leaves.filter(({ path }) => path.at(-1) === 'index').map(({ path }) => path.slice(0, -1).join()),
  )
  return leaves
    .filter(({ path, x }) => path.at(-1) === 'key' && x.ndim === 4 && counted.has(path.slice(0, -1).join()))
    .map(({ x }) => x)
}

/** @throws RangeError if attention cannot remember so many positions, since it would give NaN */
export const checkRoom = (name: string, cache: unknown, positions: number, also = ''): void => {
  for (const { shape } of keysIn(cache)) {
    const room = shape[1] as number
    if (room >= positions) continue
    throw new RangeError(
      `${name}: the cache has room for ${room} positions, and ${positions} are needed: prompt and length without the last token${also}. ` +
        `Make it with startCache(model, params, batch, ${positions}).`,
    )
  }
}
