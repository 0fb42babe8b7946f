/** Having the host do what callbacks want done outside the training. */
import type { CheckpointError } from '@puregrad/formats'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Host } from '../host/host.js'
import type { Effect } from './callback.js'

/**
 * Writes and saves by a host. Logs come first: if the program dies in between, the session is the older one, and going on from
 * it writes the same lines again in the same places.
 * @param session the training as bytes, if it is to be saved
 */
export const perform = (
  host: Host,
  session: () => Uint8Array,
  totalSteps: number,
  effects: readonly Effect[],
): TE.TaskEither<CheckpointError, void> => {
  const writes = effects.flatMap((effect) =>
    effect._tag === 'Write' ? [host.write(effect.file, effect.at, effect.bytes)] : [],
  )
  const saves = effects.flatMap((effect) =>
    effect._tag === 'Save'
      ? [host.save(effect.folder, totalSteps, session(), { keep: effect.keep, best: effect.best })]
      : [],
  )
  return TE.map(() => undefined)(TE.sequenceSeqArray([...writes, ...saves]))
}
