/** Runs of examples for tests: through the runner, with the command line's words, into memory. */
import { basename } from 'node:path'
import { Writable } from 'node:stream'
import { progressBar } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import { readOptions } from './command.js'
import type { Example, Figures } from './example.js'
import { surroundings } from './node-host.js'
import { problemsOf, type Results } from './results.js'
import { type Ending, type Host, runExample } from './run.js'

/** What a run wrote and said. */
export interface ShortRun extends Ending {
  /** Texts by names of files, the last of each. */
  readonly files: Readonly<Record<string, string>>
  readonly text: string
  readonly errors: string
}

/** A host that keeps everything in memory; `parts` replaces some of it. */
export const memoryHost = (parts: Partial<Host> = {}) => {
  const files: Record<string, string> = {}
  const [texts, errors]: [string[], string[]] = [[], []]
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      texts.push(String(chunk))
      done()
    },
  })
  const host: Host = {
    print: (text) => void texts.push(`${text}\n`),
    printPart: (text) => void texts.push(text),
    fail: (text) => void errors.push(`${text}\n`),
    progress: () => progressBar({ stream }),
    now: () => performance.now(),
    after: (milliseconds) => AbortSignal.timeout(Math.ceil(milliseconds)),
    interruption: new AbortController().signal,
    isFolder: () => Promise.resolve(true),
    write: async (path, text) => {
      files[basename(path)] = text
    },
    surroundings: surroundings(),
    ...parts,
  }
  return { host, files, text: () => texts.join(''), errors: () => errors.join('') }
}

/** Runs an example with these words after its name; what it reads of the environment is nothing. */
export const shortRun = async (
  example: Example,
  args: readonly string[] = [],
  parts: Partial<Host> = {},
): Promise<ShortRun> => {
  const options = readOptions(example, args, {})
  if (E.isLeft(options) || options.right === 'help') throw new Error(E.isLeft(options) ? options.left : 'help')
  const { host, files, text, errors } = memoryHost(parts)
  const ending = await runExample(example, options.right, host)
  return { ...ending, files, text: text(), errors: errors() }
}

/** The results that a run wrote, as they are in the file. @throws if there are none, or they are not as they should be */
export const resultsOf = ({ files, errors }: ShortRun): Results => {
  const text = files['results.json']
  if (text === undefined) throw new Error(`There is no results.json. ${errors}`)
  const results: unknown = JSON.parse(text)
  const problems = problemsOf(results)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return results as Results
}

/** A figure by its path. @throws if it is none */
export const figure = (figures: Figures, ...path: readonly string[]): number => {
  const found = path.reduce<unknown>((inner, name) => (inner as Figures | undefined)?.[name], figures)
  if (typeof found !== 'number') throw new Error(`${path.join('.')} is ${JSON.stringify(found)} and no number.`)
  return found
}

/** Figures by a path that are a list of numbers. @throws if they are not */
export const figuresAt = (figures: Figures, ...path: readonly string[]): readonly number[] => {
  const found = path.reduce<unknown>((inner, name) => (inner as Figures | undefined)?.[name], figures)
  if (!Array.isArray(found)) throw new Error(`${path.join('.')} is ${JSON.stringify(found)} and no list.`)
  return found as readonly number[]
}
