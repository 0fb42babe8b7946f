/** The examples that there are: every folder beside this one that has an `example.ts`. */
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Example } from './example.js'

const folder = dirname(import.meta.dirname)
const fileOf = (name: string): string => join(folder, name, 'example.ts')

/** In the order of the alphabet. The runner's own `example.ts` is the type. */
export const exampleNames: readonly string[] = readdirSync(folder)
  .filter((name) => name !== 'runner' && existsSync(fileOf(name)))
  .sort()

/** One of them. Only what is asked for is loaded. */
export const loadExample = async (name: string): Promise<Example> => {
  const { example } = (await import(pathToFileURL(fileOf(name)).href)) as { readonly example: Example }
  return example
}
