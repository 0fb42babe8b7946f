/** Tables of numbers with a class for each row, from files if there are any, else drawn. */
import { join } from 'node:path'
import { np, random, type Tensor } from '@puregrad/core'
import { type DataError, data, type Examples } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { UsedData } from '../runner/example.js'

/** Rows to learn from and rows to judge by. */
export interface Table {
  readonly name: string
  readonly features: number
  readonly classes: number
  readonly train: Examples
  readonly test: Examples
}

/** Tables, and where they are from. */
export interface Loaded {
  readonly used: UsedData
  readonly tables: readonly Table[]
}

type Key = Tensor

/** Four fifths of the rows, in an order that the key decides, and the rest; each feature to mean 0 and deviation 1 of the former. */
const divide = (name: string, x: Tensor, y: Tensor, key: Key): Table => {
  const [count, features] = x.shape as readonly [number, number]
  const order = random.permutation(key, count)
  const border = Math.floor(0.8 * count)
  const rows = (from: number, to: number): Examples => {
    const chosen = order.slice({ start: from, stop: to })
    return { x: np.take(x, chosen, { axis: 0 }), y: np.take(y, chosen, { axis: 0 }) }
  }
  const [train, test] = [rows(0, border), rows(border, count)]
  const mean = np.mean(train.x, { axis: 0 })
  const deviation = np.std(train.x, { axis: 0 })
  // A pixel that is always blank has no deviation; it stays 0.
  const divisor = np.where(deviation.eq(0), 1, deviation)
  const standard = (examples: Examples): Examples => ({ ...examples, x: examples.x.sub(mean).div(divisor) })
  return {
    name,
    features,
    classes: np.max(y).item() + 1,
    train: standard(train),
    test: standard(test),
  }
}

/** Three round clouds of points in the plane whose edges overlap. */
export const blobs = (seed: number, count = 300): Table => {
  const [pointKey, orderKey] = random.split(random.key(seed)) as unknown as readonly [Key, Key]
  const y = np.arange(count).mod(3).astype('int32')
  const centres = np.array([
    [0, 1.6],
    [-1.4, -0.8],
    [1.4, -0.8],
  ])
  const x = np.take(centres, y, { axis: 0 }).add(random.normal(pointKey, [count, 2]))
  return divide('blobs', x, y, orderKey)
}

/** Tables of scikit-learn, whose last column is the class; `skip` leaves a header out. */
const files = [
  { name: 'iris', file: 'iris.csv', skip: 1 },
  { name: 'digits', file: 'digits.csv.gz', skip: 0 },
] as const

/** Iris and 8 × 8 digits from DIR/tabular if both are there, else blobs; on the left is what was wrong with a file. */
export const tables = async (directory: string | undefined, seed: number): Promise<E.Either<DataError, Loaded>> => {
  const drawn: Loaded = { used: { kind: 'stand-in', what: 'three clouds of points' }, tables: [blobs(seed)] }
  if (directory === undefined) return E.right(drawn)
  const found: Table[] = []
  for (const { name, file, skip } of files) {
    const read = await data.readFileAs(join(directory, 'tabular', file), data.decodeCsvNumbers, { skip })()
    if (E.isLeft(read)) return read.left.kind === 'missing' ? E.right(drawn) : read
    const [rows, columns] = read.right.shape
    const numbers = np.array(read.right.data).reshape([rows, columns])
    const x = numbers.slice({}, { stop: columns - 1 }).astype('float32')
    found.push(divide(name, x, numbers.slice({}, columns - 1).astype('int32'), random.key(seed)))
  }
  return E.right({ used: { kind: 'files', what: 'iris and digits of scikit-learn', folder: directory }, tables: found })
}
