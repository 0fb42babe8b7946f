/** The samples of all primitives, by name. */
import { readdirSync } from 'node:fs'
import type { Sample } from './sample.js'

interface SampleFile {
  readonly samples: Readonly<Record<string, readonly Sample[]>>
}

const names = readdirSync(new URL('./samples', import.meta.url)).map((file) => file.replace(/\.ts$/, ''))
const files = await Promise.all(names.map((name): Promise<SampleFile> => import(`./samples/${name}.ts`)))

export const sampled: ReadonlyMap<string, readonly Sample[]> = new Map(
  files.flatMap(({ samples }) => Object.entries(samples)),
)
