/** Cases that Keras computed: an input, weights and what comes out, with the layer's settings in words. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { np, type Tensor } from '@puregrad/core'

interface Numbers {
  readonly data: readonly number[]
  readonly shape: readonly number[]
}

/** One case as the files hold it. */
export interface KerasCase {
  readonly input?: Numbers
  readonly inputs?: readonly Numbers[]
  readonly weights?: readonly Numbers[]
  readonly expected: Numbers
}

/** float32, as Keras computed. */
export const tensorOf = ({ data, shape }: Numbers): Tensor => np.array([...data], { dtype: 'float32' }).reshape(shape)

/** The folder of the cases, if the data is there. */
export const referenceFolder = (): string | null => {
  const data = process.env.PUREGRAD_DATA
  const folder = data === undefined ? null : join(data, 'keras-layer-references')
  return folder !== null && existsSync(folder) ? folder : null
}

/** All cases of all files by name, and the settings of those that are described. */
export const readCases = (
  folder: string,
): { readonly cases: ReadonlyMap<string, KerasCase>; readonly settings: ReadonlyMap<string, string> } => {
  const json = (path: string): object => JSON.parse(readFileSync(join(folder, path), 'utf8')) as object
  const descriptions = 'case-descriptions.json'
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.json') && file !== descriptions,
  )
  return {
    cases: new Map(files.sort().flatMap((file) => Object.entries(json(file) as Record<string, KerasCase>))),
    settings: new Map(Object.entries(json(descriptions) as Record<string, string>)),
  }
}
