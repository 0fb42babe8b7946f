/** Caches of beams: several for each sequence, side by side along the batch axis. */
import { np, ShapeError, type Tensor, tree } from '@puregrad/core'
import { reorderCache } from '@puregrad/nn'

const asTensors = <C>(f: (...leaves: readonly Tensor[]) => Tensor, cache: C, ...others: readonly C[]): C =>
  tree.mapWithPath((_, ...leaves) => f(...(leaves as unknown as readonly Tensor[])), cache, ...others) as C

/** @throws ShapeError unless the batch axis of all tensors is of this size */
export const checkBatch = (name: string, cache: unknown, batch: number): void => {
  asTensors((x) => {
    if (x.ndim > 0 && x.shape[0] !== batch)
      throw new ShapeError(
        `${name}: start has ${batch} sequences, and the cache holds ${x.dtype}[${x.shape}], whose first axis has to be the batch. Beams are made of it here.`,
      )
    return x
  }, cache)
}

/** As many of each sequence's cache as there are beams. */
export const widen = <C>(cache: C, batch: number, beams: number): C =>
  reorderCache(cache, np.repeat(np.arange(batch, { dtype: 'int32' }), beams))

/**
 * The caches behind a step in the order of the beams that go on. What a step hands on as it is, such as the memory of a decoder, is the
 * same for all beams of a sequence, and stays.
 * @param parents int32 [batch, beams], each a beam of its sequence
 */
export const reorderChanged = <C>(before: C, after: C, parents: Tensor): C => {
  const [batch, beams] = parents.shape as readonly [number, number]
  const first = np.arange(batch, { dtype: 'int32' }).mul(beams).reshape([batch, 1])
  const rows = parents.add(first).astype('int32').reshape([-1])
  return asTensors((was, is) => ((was as Tensor) === is ? is : reorderCache(is as Tensor, rows)), before, after)
}
