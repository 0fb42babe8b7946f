/** What can be said on the command line: which example, and how. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { closest } from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import type { Example, Setting } from './example.js'

/** How an example is to run. */
export interface RunOptions {
  readonly data: string | undefined
  readonly seed: number
  /** How long it may train; as long as it takes unless said. */
  readonly minutes: number | undefined
  /** The folder that everything is written into. */
  readonly folder: string
  readonly settings: Readonly<Record<string, number>>
}

/** Everything before the options: the name of an example, or null to list them all. */
export const nameOf = (args: readonly string[]): string | null => {
  const [first] = args
  return first === undefined || first.startsWith('-') ? null : first
}

const meant = (given: string, names: readonly string[], write: (name: string) => string): string => {
  const near = closest(given, names)
  return near === undefined ? '' : ` Did you mean ${write(near)}?`
}

/** Why there is no such example. */
export const unknownName = (given: string, names: readonly string[]): string =>
  `There is no example '${given}'.${meant(given, names, String)} Examples are ${names.join(', ')}.`

/** Why something else than a name came first, if it is not a question for help. */
export const unknownFirst = (args: readonly string[], names: readonly string[]): string | undefined =>
  args[0] === undefined || args[0] === '--help' || args[0] === '-h'
    ? undefined
    : `${args[0]}: the name of an example comes first. Examples are ${names.join(', ')}.`

const wholeNumber = (name: string, text: string, least: number): E.Either<string, number> => {
  const value = Number(text)
  return text.trim() !== '' && Number.isSafeInteger(value) && value >= least
    ? E.right(value)
    : E.left(`--${name} ${text}: expected a whole number from ${least} up.`)
}

const duration = (text: string): E.Either<string, number> => {
  const value = Number(text)
  return text.trim() !== '' && Number.isFinite(value) && value > 0
    ? E.right(value)
    : E.left(`--minutes ${text}: expected a number above 0, such as 0.5.`)
}

const common = ['data', 'seed', 'minutes', 'out', 'help']

/** The texts of all options by their names, the last of each; on the left is what is not one. */
const textsOf = (
  args: readonly string[],
  names: readonly string[],
): E.Either<string, Readonly<Record<string, string>>> => {
  const options = Object.fromEntries(
    names.map((name) => [name, { type: name === 'help' ? ('boolean' as const) : ('string' as const) }]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const texts: Record<string, string> = {}
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') return E.left(`${token.value}: expected an option, such as --seed 1.`)
    if (token.name === 'h') texts.help = ''
    else if (!names.includes(token.name)) {
      const known = names.map((name) => `--${name}`).join(', ')
      return E.left(
        `There is no option '${token.rawName}'.${meant(token.name, names, (name) => `--${name}`)} Options are ${known}.`,
      )
    } else if (token.name === 'help') texts.help = ''
    else if (token.value === undefined || token.value === '') return E.left(`${token.rawName} needs a value.`)
    else texts[token.name] = token.value
  }
  return E.right(texts)
}

const settingsOf = (
  settings: Readonly<Record<string, Setting>>,
  texts: Readonly<Record<string, string>>,
): E.Either<string, Readonly<Record<string, number>>> => {
  const values: Record<string, number> = {}
  for (const [name, setting] of Object.entries(settings)) {
    const text = texts[name]
    const value = text === undefined ? E.right(setting.default) : wholeNumber(name, text, setting.least ?? 1)
    if (E.isLeft(value)) return value
    values[name] = value.right
  }
  return E.right(values)
}

/** How an example is to run, or `help`, or on the left what is wrong with the options. */
export const readOptions = (
  { name, settings }: Example,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): E.Either<string, RunOptions | 'help'> => {
  const read = textsOf(args, [...common, ...Object.keys(settings)])
  if (E.isLeft(read)) return read
  const texts = read.right
  if (texts.help !== undefined) return E.right('help')
  const seed = wholeNumber('seed', texts.seed ?? '0', 0)
  if (E.isLeft(seed)) return seed
  const minutes = texts.minutes === undefined ? E.right(undefined) : duration(texts.minutes)
  if (E.isLeft(minutes)) return minutes
  const values = settingsOf(settings, texts)
  if (E.isLeft(values)) return values
  // An empty variable is none.
  const data = texts.data ?? (environment.PUREGRAD_DATA || undefined)
  const folder = join(texts.out ?? 'out', name)
  return E.right({ data, seed: seed.right, minutes: minutes.right, folder, settings: values.right })
}

const columns = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}

const usage = `npm run example -- NAME [--data DIR] [--seed N] [--minutes M] [--out DIR]`

/** What every example takes. */
const commonRows: readonly (readonly [string, string])[] = [
  ['--data DIR', 'the folder of data (or PUREGRAD_DATA=DIR); without it, what the example brings itself'],
  ['--seed N', 'decides everything that is random: the same seed, the same bits (0)'],
  ['--minutes M', 'trains no longer than this; what was learnt by then is told'],
  ['--out DIR', 'plots and results.json go into DIR/NAME (out)'],
  ['--help', 'this text'],
]

/** All examples, one line each, and their data. */
export const listOf = (examples: readonly Example[]): string => {
  const width = Math.max(...examples.map(({ name }) => name.length))
  const lines = examples.map(({ name, description, data }) => {
    const about = data === null ? 'needs none' : `${data.files}; without: ${data.standIn}`
    return `  ${name.padEnd(width)}  ${description}\n  ${' '.repeat(width)}  data: ${about}`
  })
  return `${usage}\n\n${lines.join('\n')}\n\n${columns(commonRows)}\n\nAn example's own options: npm run example -- NAME --help`
}

/** All about one example. */
export const helpOf = ({ name, title, description, data, settings }: Example): string => {
  const own = Object.entries(settings).map(
    ([setting, { default: value, description: text }]) => [`--${setting} N`, `${text} (${value})`] as const,
  )
  const about = data === null ? 'none is needed' : `${data.files}\n  without: ${data.standIn}`
  return `${title}: ${description}\n\n  ${usage.replace('NAME', name)}\n\n${columns([...own, ...commonRows])}\n\n  data: ${about}`
}
