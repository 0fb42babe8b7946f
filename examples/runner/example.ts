/** What an example is: a value that says what it does, which data it knows and what can be set, and a function that does it. */
import type { Progress } from '@puregrad/train'
import type { Either } from 'fp-ts/lib/Either.js'

/** A whole number that can be set on the command line by its name. */
export interface Setting {
  readonly default: number
  /** The least that makes sense: 1 unless said. */
  readonly least?: number
  readonly description: string
}

/** Which data an example knows. */
export interface KnownData {
  /** The files that it looks for in the data folder. */
  readonly files: string
  /** What it does without them. */
  readonly standIn: string
}

/** Which data a run used. */
export type UsedData =
  | { readonly kind: 'files'; readonly what: string; readonly folder: string }
  | { readonly kind: 'stand-in'; readonly what: string }
  | { readonly kind: 'none' }

/** What came out, by names. Numbers that are not finite are written as null. Seconds are no figures: they differ from run to run. */
export interface Figures {
  readonly [name: string]: number | string | boolean | null | Figures | readonly (number | string)[]
}

/** What an example tells at its end. */
export interface Told {
  readonly data: UsedData
  readonly figures: Figures
  /** Seconds of training by what was trained. */
  readonly trainingSeconds?: Readonly<Record<string, number>>
}

/** Trains one thing after another within the time that there is. */
export interface Trainings {
  /**
   * Trains each, with an equal share of the time that is left: its signal ends it when that is spent, or on Ctrl-C. What has not
   * begun then is left out, so there may be fewer results than items, but never none.
   */
  readonly each: <A, B>(
    items: readonly A[],
    train: (item: A, signal: AbortSignal) => Promise<B>,
  ) => Promise<readonly B[]>
  /** One training; it gets all the time that is left, or an equal share if it is the first of some (`left`). */
  readonly once: <B>(train: (signal: AbortSignal) => Promise<B>, left?: number) => Promise<B>
  /** Shows one training: a bar on a terminal, else a line at the end of an epoch, though not more than one a second. */
  readonly progress: (name: string, epochs: number) => Progress
}

/** What a run is given. */
export interface Context<K extends string = string> extends Trainings {
  /** The folder of data, which is there; without it the example brings its own. */
  readonly data: string | undefined
  readonly seed: number
  readonly settings: Readonly<Record<K, number>>
  /** The folder of this run, for what an example keeps itself. */
  readonly folder: string
  readonly print: (text: string) => void
  /** As `print`, without going to a new line behind it: for what comes bit by bit. */
  readonly printPart: (text: string) => void
  /** Writes a picture, whole or not at all, and says where. */
  readonly plot: (file: string, svg: string) => Promise<void>
}

/** An example: a folder `examples/NAME` with a README, this as the `example` of `example.ts`, and a short test. */
export interface Example<K extends string = string> {
  /** That of its folder. */
  readonly name: string
  readonly title: string
  /** One line. */
  readonly description: string
  /** Null if it needs none. */
  readonly data: KnownData | null
  readonly settings: Readonly<Record<K, Setting>>
  /** Does it all; on the left is what was wrong with the data, and where. A method, so that lists hold examples of any settings. */
  run(context: Context<K>): Promise<Either<string, Told>>
}

/**
 * An example whose run knows its settings by their names.
 * @example
 * export const example = defineExample({
 *   name: 'count',
 *   title: 'Counting',
 *   description: 'counts',
 *   data: null,
 *   settings: { to: { default: 3, description: 'how far' } },
 *   run: async ({ settings }) => right({ data: { kind: 'none' }, figures: { sum: (settings.to * (settings.to + 1)) / 2 } }),
 * })
 */
export const defineExample = <const K extends string>(example: Example<K>): Example<K> => example
