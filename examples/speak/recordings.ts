/** Spoken digits with who speaks: from files, or made voices. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { data as dataModule, showDataError } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { UsedData } from '../runner/example.js'
import { loudest, type Recording, sampleRate } from './recording.js'
import { madeVoices } from './voices.js'

/** All of DIR/fsdd/recordings; on the left is what was wrong with a file. */
const readRecordings = async (folder: string): Promise<E.Either<string, readonly Recording[]>> => {
  const within = join(folder, 'fsdd', 'recordings')
  let names: readonly string[]
  try {
    names = (await readdir(within)).filter((name) => /^\d_[a-z]+_\d+\.wav$/.test(name)).sort()
  } catch {
    return E.left(`There is no folder ${within}. Give --data the folder that holds fsdd.`)
  }
  const recordings: Recording[] = []
  for (const name of names) {
    const sound = await dataModule.readFileAs(join(within, name), dataModule.decodeWav, {})()
    if (E.isLeft(sound)) return E.left(showDataError(sound.left))
    const { sampleRate: rate, shape, samples } = sound.right
    if (rate !== sampleRate || shape[1] !== 1)
      return E.left(
        `${join(within, name)} is of ${shape[1]} channels at ${rate} Hz, and has to be of 1 at ${sampleRate}.`,
      )
    const [digit, speaker] = name.split('_') as [string, string]
    recordings.push({ digit: Number(digit), speaker, samples: loudest(samples) })
  }
  return recordings.length > 0 ? E.right(recordings) : E.left(`There are no recordings in ${within}.`)
}

/** Who is judged by in the end, and by whom settings are chosen. */
export const [heldOut, validationSpeaker] = ['yweweler', 'nicolas']

/** What is learnt from and what is judged by: a speaker who is heard nowhere else. */
export interface Speakers {
  readonly train: readonly Recording[]
  readonly judged: readonly Recording[]
  readonly speaker: string
  readonly used: Exclude<UsedData, { readonly kind: 'none' }>
}

/** Without validation the held-out speaker is judged by; with it another one, and the held-out one is not looked at. */
export const loadSpeakers = async (
  data: string | undefined,
  validate: boolean,
): Promise<E.Either<string, Speakers>> => {
  const loaded = data === undefined ? E.right(madeVoices()) : await readRecordings(data)
  if (E.isLeft(loaded)) return loaded
  const speaker = validate ? validationSpeaker : heldOut
  const known = loaded.right.filter((recording) => recording.speaker !== heldOut)
  const judged = loaded.right.filter((recording) => recording.speaker === speaker)
  const train = known.filter((recording) => recording.speaker !== speaker)
  if (judged.length === 0 || train.length === 0)
    return E.left(`There are no recordings of ${judged.length === 0 ? speaker : 'anyone else'}.`)
  const used: Speakers['used'] =
    data === undefined
      ? { kind: 'stand-in', what: 'made voices' }
      : { kind: 'files', what: 'free spoken digit dataset', folder: join(data, 'fsdd') }
  return E.right({ train, judged, speaker, used })
}
