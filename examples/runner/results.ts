/** `results.json`: what a run was given, what came out, and what it ran on. */
import type { Figures, Told, UsedData } from './example.js'

/** What a run ran on. */
export interface Surroundings {
  readonly versions: { readonly node: string; readonly packages: Readonly<Record<string, string>> }
  readonly platform: {
    readonly system: string
    readonly architecture: string
    readonly processor: string
    readonly cores: number
  }
}

/** Why a run ended before its end. */
export type Stopped = 'minutes' | 'interrupted'

export interface Results extends Surroundings {
  readonly example: string
  readonly title: string
  readonly figures: Figures
  /** Of the whole run. */
  readonly seconds: number
  readonly trainingSeconds: Readonly<Record<string, number>>
  readonly seed: number
  readonly settings: Readonly<Record<string, number>>
  /** What it was given to train; null for as long as it takes. */
  readonly minutes: number | null
  /** Null if it came to its end. */
  readonly stopped: Stopped | null
  readonly data: UsedData
  readonly plots: readonly string[]
}

export interface Run extends Omit<Results, keyof Told | keyof Surroundings | 'trainingSeconds'> {
  readonly told: Told
  readonly surroundings: Surroundings
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000

/** The results, in the order in which they are read. */
export const resultsOf = ({ told, surroundings, ...run }: Run): Results => ({
  example: run.example,
  title: run.title,
  figures: told.figures,
  seconds: rounded(run.seconds),
  trainingSeconds: Object.fromEntries(
    Object.entries(told.trainingSeconds ?? {}).map(([name, seconds]) => [name, rounded(seconds)]),
  ),
  seed: run.seed,
  settings: run.settings,
  minutes: run.minutes,
  stopped: run.stopped,
  data: told.data,
  plots: run.plots,
  ...surroundings,
})

/** As JSON, a list of numbers on one line. */
export const textOf = (results: Results): string =>
  `${JSON.stringify(results, null, 2).replace(/\[\s+[-+\d.eE,\s]+\]/g, (list) => list.replace(/\s+/g, ' '))}\n`

type Check = (value: unknown) => boolean
const isText: Check = (x) => typeof x === 'string' && x !== ''
const isNumber: Check = (x) => typeof x === 'number' && x >= 0
const isWhole: Check = (x) => Number.isInteger(x) && isNumber(x)
const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)
const recordOf =
  (check: Check): Check =>
  (x) =>
    isRecord(x) && Object.values(x).every(check)
const listOf =
  (check: Check): Check =>
  (x) =>
    Array.isArray(x) && x.every(check)
const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (x) =>
    isRecord(x) &&
    Object.keys(x).length === Object.keys(checks).length &&
    Object.entries(checks).every(([name, check]) => check(x[name]))
const either =
  (...checks: readonly Check[]): Check =>
  (x) =>
    checks.some((check) => check(x))
const only =
  (...values: readonly unknown[]): Check =>
  (x) =>
    values.includes(x)
const isFigure: Check = (x) =>
  x === null ||
  typeof x === 'boolean' ||
  typeof x === 'string' ||
  typeof x === 'number' ||
  listOf((one) => typeof one === 'number' || typeof one === 'string')(x) ||
  recordOf(isFigure)(x)

const schema: Readonly<Record<keyof Results, Check>> = {
  example: isText,
  title: isText,
  figures: (x) => recordOf(isFigure)(x) && Object.keys(x as object).length > 0,
  seconds: isNumber,
  trainingSeconds: recordOf(isNumber),
  seed: isWhole,
  settings: recordOf(isWhole),
  minutes: either(only(null), (x) => isNumber(x) && x !== 0),
  stopped: only(null, 'minutes', 'interrupted'),
  data: either(
    fields({ kind: only('files'), what: isText, folder: isText }),
    fields({ kind: only('stand-in'), what: isText }),
    fields({ kind: only('none') }),
  ),
  plots: listOf((x) => isText(x) && /^[a-z0-9-]+\.svg$/.test(x as string)),
  versions: fields({ node: isText, packages: recordOf(isText) }),
  platform: fields({ system: isText, architecture: isText, processor: isText, cores: isWhole }),
}

/** What is wrong with what should be results, a line each; none if nothing is. */
export const problemsOf = (results: unknown): readonly string[] => {
  if (!isRecord(results)) return ['Results are a record.']
  const wrong = Object.entries(schema).filter(([name, check]) => !check(results[name]))
  const more = Object.keys(results).filter((name) => !(name in schema))
  return [
    ...wrong.map(([name]) => `${name}: ${JSON.stringify(results[name]) ?? 'missing'}`),
    ...more.map((name) => `${name}: no part of results`),
  ]
}
