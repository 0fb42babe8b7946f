/** Grey pictures of ten classes, 28 pixels a side: MNIST and Fashion-MNIST from files, or digits that are drawn here. */
import { join } from 'node:path'
import { np, type Tensor } from '@puregrad/core'
import { type ImageDataset, type LabelledImages, loadMnist, showDataError, strokeDigits } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'

export const side = 28
export const classes = 10

/** Bytes [count, 28, 28, 1] and their classes [count]. */
export interface Pictures {
  readonly x: Tensor
  readonly y: Tensor
}

export interface Subject {
  readonly key: 'mnist' | 'fashion' | 'drawn'
  readonly title: string
  readonly train: Pictures
  /** A part of the training set that nothing is learnt from, by which settings are chosen. */
  readonly validation: Pictures
  readonly test: Pictures
}

const rowsOf = ({ images, labels }: LabelledImages, from: number, to: number): Pictures => ({
  x: np.array(images.subarray(from * side * side, to * side * side)).reshape([-1, side, side, 1]),
  y: np.array(labels.subarray(from, to)).astype('int32'),
})

const subjectOf = (
  key: Subject['key'],
  title: string,
  { train, test }: ImageDataset,
  learnt: number,
  held: number,
): Subject => {
  const count = train.shape[0]
  return {
    key,
    title,
    train: rowsOf(train, 0, Math.min(learnt, count - held)),
    validation: rowsOf(train, count - held, count),
    test: rowsOf(test, 0, Math.min(held, test.shape[0])),
  }
}

const held = 10_000 // images to choose by, and as many to judge by: distances of sets depend on how many there are

/** MNIST and Fashion-MNIST in their folders, as many of them as are asked for; on the left is what is wrong with a file. */
export const subjectsOfFiles = async (
  folder: string,
  count: number,
  part: number,
): Promise<E.Either<string, readonly Subject[]>> => {
  const subjects: Subject[] = []
  const all = [
    ['mnist', 'MNIST', folder],
    ['fashion', 'Fashion-MNIST', join(folder, 'fashion-mnist')],
  ] as const
  for (const [key, title, place] of all.slice(0, count)) {
    const loaded = await loadMnist(place)()
    if (E.isLeft(loaded)) return E.left(showDataError(loaded.left))
    subjects.push(subjectOf(key, title, loaded.right, Math.round((50_000 * part) / 100), held))
  }
  return E.right(subjects)
}

/** Digits out of strokes. */
export const drawnSubject = (part: number): Subject => {
  const learnt = Math.max(200, Math.round((10_000 * part) / 100))
  const kept = Math.min(2000, learnt)
  return subjectOf('drawn', 'Drawn digits', strokeDigits({ seed: 0, train: learnt + kept, test: kept }), learnt, kept)
}

/** Bytes as numbers from −1 to 1, which generators make. */
export const scaled = (x: Tensor): Tensor => x.astype('float32').div(127.5).sub(1)
