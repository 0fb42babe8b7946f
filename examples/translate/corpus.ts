/** Pairs of sentences: those of a corpus, or of a grammar that knows both languages. */
import { join } from 'node:path'
import { random } from '@puregrad/core'
import { type DataError, data as dataModule } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { UsedData } from '../runner/example.js'

/** One sentence in both languages, its tokens between spaces. */
export interface Pair {
  readonly source: string
  readonly target: string
}

export interface Corpus {
  readonly used: Exclude<UsedData, { readonly kind: 'none' }>
  readonly train: readonly Pair[]
  /** What choices are made by. */
  readonly dev: readonly Pair[]
  /** What figures are of. */
  readonly test: readonly Pair[]
}

const people = [
  ['i', '私'],
  ['you', 'あなた'],
  ['he', '彼'],
  ['she', '彼女'],
  ['we', '私 たち'],
  ['the teacher', '先生'],
  ['the child', '子供'],
] as const
const things = [
  ['the dog', '犬'],
  ['the cat', '猫'],
  ['the sea', '海'],
  ['a book', '本'],
  ['the picture', '絵'],
  ['a bird', '鳥'],
  ['the moon', '月'],
] as const
/** Verbs with their stems for polite endings. */
const verbs = [
  ['see', '見'],
  ['look for', '探 し'],
  ['draw', '描 き'],
  ['remember', '覚え'],
  ['wait for', '待 ち'],
] as const
const times = [
  ['', ''],
  ['today', '今日 '],
  ['every day', '毎日 '],
] as const

/** What is said of a verb: asserted, denied, wished. */
const moods = [
  ['do', 'ま す'],
  ['do not', 'ま せ ん'],
  ['want to', 'た い'],
] as const

/** Verbs go last, particles say what is what: nothing stands where it stood. */
const grammar: readonly Pair[] = people.flatMap(([who, whoJa]) =>
  things.flatMap(([what, whatJa]) =>
    verbs.flatMap(([verb, stem]) =>
      moods.flatMap(([mood, ending]) =>
        times.map(([time, timeJa]) => ({
          source: `${who} ${mood === 'do' ? '' : `${mood} `}${verb} ${what} ${time === '' ? '' : `${time} `}.`,
          target: `${timeJa}${whoJa} は ${whatJa} を ${stem} ${ending} 。`,
        })),
      ),
    ),
  ),
)

/** Sentences of the grammar, none of them in two parts. */
export const madeUp = (seed: number): Corpus => {
  const order = [...random.permutation(random.key(seed), grammar.length).data()]
  const mixed = order.map((i) => grammar[i] as Pair)
  return {
    used: { kind: 'stand-in', what: 'sentences of a small grammar' },
    train: mixed.slice(200),
    dev: mixed.slice(0, 100),
    test: mixed.slice(100, 200),
  }
}

const folder = 'tanaka-enja'

/** Both files of one part, line by line. On the left is what was wrong with one of them. */
const readPart = async (directory: string, part: string): Promise<E.Either<DataError, readonly Pair[]>> => {
  const lines = (language: string) =>
    dataModule.readFileAs(join(directory, folder, `${part}.${language}.gz`), dataModule.decodeLines, {})()
  const [source, target] = [await lines('en'), await lines('ja')]
  if (E.isLeft(source)) return source
  return E.map((theirs: readonly string[]) =>
    source.right.flatMap((line, i) => {
      const [en, ja] = [line.trim(), theirs[i]?.trim() ?? '']
      return en === '' || ja === '' ? [] : [{ source: en, target: ja }]
    }),
  )(target)
}

/** The corpus of DIR/tanaka-enja, else sentences of the grammar. On the left is what was wrong. */
export const corpus = async (directory: string | undefined, seed: number): Promise<E.Either<DataError, Corpus>> => {
  if (directory === undefined) return E.right(madeUp(seed))
  const train = await readPart(directory, 'train30k')
  if (E.isLeft(train)) return train.left.kind === 'missing' ? E.right(madeUp(seed)) : train
  const dev = await readPart(directory, 'dev')
  if (E.isLeft(dev)) return dev
  const test = await readPart(directory, 'test')
  if (E.isLeft(test)) return test
  const used = { kind: 'files', what: '30,000 pairs of tanaka-enja', folder: directory } as const
  return E.right({ used, train: train.right, dev: dev.right, test: test.right })
}
