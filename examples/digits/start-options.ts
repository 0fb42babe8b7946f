/** What can be said after `npm start`. */
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { DigitsOptions } from './digits.js'

export interface Options extends DigitsOptions {
  /** Where the plots go. */
  readonly out: string
}

export const help = `Trains a network to read handwritten digits.

  npm start -- [options]

  --data DIR     a folder with the four MNIST files, gzipped or not (or PUREGRAD_DATA=DIR);
                 without it the digits are drawn by the program itself
  --epochs N     how often every image is seen (5)
  --batch N      images per step (128)
  --seed N       decides the start, the order and the dropout (0)
  --out DIR      where the plots go (out)
  --limit N      use only the first N images of each set
  --help         this text`

const wholeNumber = (name: string, text: string, least: number): E.Either<string, number> => {
  const value = Number(text)
  return text.trim() !== '' && Number.isInteger(value) && value >= least
    ? E.right(value)
    : E.left(`--${name} ${text}: expected a whole number from ${least} up.`)
}

/** The options, or `help`, or on the left what is wrong with them. */
export const readOptions = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): E.Either<string, Options | 'help'> => {
  const parsed = E.tryCatch(
    () =>
      parseArgs({
        args: [...args],
        options: {
          data: { type: 'string' },
          epochs: { type: 'string', default: '5' },
          batch: { type: 'string', default: '128' },
          seed: { type: 'string', default: '0' },
          out: { type: 'string', default: 'out' },
          limit: { type: 'string' },
          help: { type: 'boolean', default: false },
        },
      }).values,
    (error) => (error instanceof Error ? error.message : String(error)),
  )
  if (E.isLeft(parsed)) return parsed
  const { data = environment.PUREGRAD_DATA, epochs, batch, seed, out, limit, help: asked } = parsed.right
  if (asked) return E.right('help')
  return pipe(
    E.Do,
    E.apS('epochs', wholeNumber('epochs', epochs, 1)),
    E.apS('batch', wholeNumber('batch', batch, 1)),
    E.apS('seed', wholeNumber('seed', seed, 0)),
    E.apS('limit', limit === undefined ? E.right(undefined) : wholeNumber('limit', limit, 1)),
    E.map((numbers): Options => ({ ...numbers, data: data === '' ? undefined : data, out })),
  )
}
