/** Names as rows of numbers, and what a table of letter pairs makes of them. */
import { join } from 'node:path'
import { np, random, type Tensor } from '@puregrad/core'
import { type DataError, data as dataModule } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { UsedData } from '../runner/example.js'

/** Letters count from 1; 0 begins and ends a name. */
export const letters = 26
export const symbols = letters + 1

export interface Corpus {
  readonly used: Exclude<UsedData, { readonly kind: 'none' }>
  readonly train: readonly string[]
  readonly test: readonly string[]
}

/** First names in several languages: enough to show that everything works, too few to learn much from. */
const embedded = `
ada agnes albert alice alma amelie anna anton arthur astrid aurora bella benjamin bruno carl carla cecilia clara daniel
david diana edgar edith elena elias elisabeth ella emil emilia emma erik ernst eva felix fiona florence frida gabriel
george gloria greta gustav hannah harriet helena henri hugo ida igor ines ingrid irene iris isabel ivan jacob jakob jane
jasper joan johanna jonas josef julia julian karin karl katja kira klara lars laura lea leo leon leonard lilian linda
lisa livia lotta louis luca lucia ludwig lukas lydia magda marco margaret maria marie marina marta martin mathilda max
maya mia michael mila mina mira miriam nadia nina noah nora olga oliver oscar otto paul paula peter petra philip pia
rafael rebecca richard rita robert roman rosa ruth sabine samuel sara sebastian selma silvia simon sofia sonja stefan
stella susanna theo theresa thomas tilda tim tom ulla ursula valentin vera victor viola walter wanda werner wilma
`

const shuffled = (names: readonly string[], seed: number): Omit<Corpus, 'used'> => {
  const order = [...random.permutation(random.key(seed), names.length).data()]
  const mixed = order.map((i) => names[i] as string)
  const border = Math.floor(names.length * 0.9)
  return { train: mixed.slice(0, border), test: mixed.slice(border) }
}

/** The names of DIR/text/names.txt, one a line, else those above; every tenth is kept to judge by. On the left is what was wrong. */
export const corpus = async (directory: string | undefined, seed: number): Promise<E.Either<DataError, Corpus>> => {
  if (directory !== undefined) {
    const read = await dataModule.readFileAs(join(directory, 'text', 'names.txt'), dataModule.decodeLines, {})()
    if (E.isRight(read)) {
      const names = read.right.filter((name) => /^[a-z]+$/.test(name))
      return E.right({ used: { kind: 'files', what: 'names.txt', folder: directory }, ...shuffled(names, seed) })
    }
    if (read.left.kind !== 'missing') return read
  }
  return E.right({
    used: { kind: 'stand-in', what: 'embedded names' },
    ...shuffled(embedded.trim().split(/\s+/), seed),
  })
}

const codes = (name: string): readonly number[] => [...name].map((c) => c.charCodeAt(0) - 96)

/** What is read and what comes next, [names, longest + 1] each; where there is nothing to predict the target is −1. */
export const rowsOf = (names: readonly string[], longest: number): { readonly x: Tensor; readonly y: Tensor } => {
  const width = longest + 1
  const x = new Int32Array(names.length * width)
  const y = new Int32Array(names.length * width).fill(-1)
  names.forEach((name, row) => {
    const all = [0, ...codes(name), 0]
    for (let i = 0; i + 1 < all.length; i++) {
      x[row * width + i] = all[i] as number
      y[row * width + i] = all[i + 1] as number
    }
  })
  return { x: np.array(x).reshape([names.length, width]), y: np.array(y).reshape([names.length, width]) }
}

/** Nats per character of `test` by the pairs of `train`, each counted once more than it occurs (Laplace). */
export const bigramNats = (train: readonly string[], test: readonly string[]): number => {
  const counts = Array.from({ length: symbols }, () => new Array<number>(symbols).fill(1))
  const pairs = (name: string): readonly (readonly [number, number])[] => {
    const all = [0, ...codes(name), 0]
    return all.slice(1).map((next, i) => [all[i] as number, next] as const)
  }
  for (const name of train) for (const [a, b] of pairs(name)) (counts[a] as number[])[b] = (counts[a]?.[b] ?? 0) + 1
  let total = 0
  let characters = 0
  for (const name of test) {
    for (const [a, b] of pairs(name)) {
      const row = counts[a] as readonly number[]
      total -= Math.log((row[b] as number) / row.reduce((sum, n) => sum + n, 0))
      characters++
    }
  }
  return total / characters
}
