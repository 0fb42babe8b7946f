/** What other libraries computed, beside the scripts that made it. */
import { readFileSync } from 'node:fs'
import { np, type Tensor } from '@puregrad/core'
import { expect } from 'vitest'

/** A fixture of this folder. */
export const golden = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as T

/** Numbers of a fixture, nested as JSON has them. */
export type Numbers = number | readonly Numbers[]

/** They agree to within `rtol` of the largest of them. */
export const expectNear = (found: Tensor, expected: Numbers, rtol = 1e-5): void => {
  const wanted = np.array(expected as never, { dtype: found.dtype === 'float64' ? 'float64' : 'float32' })
  expect(found.shape).toEqual(wanted.shape)
  const largest = Math.max(np.max(np.abs(wanted)).item() as number, 1e-6)
  expect(np.max(np.abs(found.sub(wanted))).item()).toBeLessThanOrEqual(rtol * largest)
}
