/** A text as rows of numbers, in three parts: to learn from, to choose by, and to judge by. */
import { join } from 'node:path'
import { random } from '@puregrad/core'
import { buildVocabulary, type Vocabulary } from '@puregrad/models'
import { type DataError, data as dataModule } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { UsedData } from '../runner/example.js'

export interface Corpus {
  readonly used: Exclude<UsedData, { readonly kind: 'none' }>
  readonly vocabulary: Vocabulary
  readonly train: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
}

const names = ['ROMEO', 'JULIET', 'HAMLET', 'PORTIA']
const openings = [
  'O, my',
  'Good',
  'Alas, the',
  'What, hath the',
  'I know the',
  'Speak to the',
  'No more of the',
  'Where is the',
]
const kinds = ['gentle', 'noble', 'bitter', 'weary', 'golden', 'secret', 'cruel', 'merry']
const things = ['king', 'night', 'heart', 'sword', 'garden', 'letter', 'storm', 'crown', 'summer', 'sorrow']
const ends = [
  'sleeps in the hall',
  'speaks of love',
  'is gone to sea',
  'must be content',
  'will not stay',
  'doth weep',
  'is false',
]

/** A play that goes on for as long as one wants: everybody says lines of one kind. */
export const drawnPlay = (lines: number): string => {
  const pick = random.randint(random.key(1616), [lines, 5], 0, 1 << 20).toArray() as number[][]
  const of = (list: readonly string[], n: number): string => list[n % list.length] as string
  return pick
    .map(([a = 0, b = 0, c = 0, d = 0, e = 0], i) => {
      const line = `${of(openings, a)} ${of(kinds, b)} ${of(things, c)} ${of(ends, d)}${e % 3 === 0 ? '!' : '.'}\n`
      return i % 2 === 0 ? `${i === 0 ? '' : '\n'}${of(names, e)}:\n${line}` : line
    })
    .join('')
}

/** The last tenth to judge by, a twentieth out of the middle to choose by, and what is around that to learn from. */
const parted = (text: string, used: Corpus['used']): Corpus => {
  const vocabulary = buildVocabulary([text])
  const ids = vocabulary.encode(text)
  const [from, to, end] = [0.45, 0.5, 0.9].map((share) => Math.floor(ids.length * share)) as [number, number, number]
  return {
    used,
    vocabulary,
    train: Int32Array.from([...ids.subarray(0, from), ...ids.subarray(to, end)]),
    validation: ids.subarray(from, to),
    test: ids.subarray(end),
  }
}

/** DIR/text/tinyshakespeare.txt, else a play that is made up. On the left is what was wrong with the file. */
export const corpus = async (directory: string | undefined): Promise<E.Either<DataError, Corpus>> => {
  const what = 'tinyshakespeare.txt'
  if (directory !== undefined) {
    const read = await dataModule.readFileAs(join(directory, 'text', what), dataModule.decodeText, {})()
    if (E.isRight(read)) return E.right(parted(read.right, { kind: 'files', what, folder: directory }))
    if (read.left.kind !== 'missing') return read
  }
  return E.right(parted(drawnPlay(1200), { kind: 'stand-in', what: 'a play of made-up lines' }))
}
