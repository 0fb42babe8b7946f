/** Every `@example` in the sources type-checks and runs, and what it says is compared. */
import { describe, expect, it } from 'vitest'
import { runExample, scopeFor } from './harness/run-example.js'
import { examplesIn, exportsOf, sourcesOf } from './harness/sources.js'
import { asModules, typeErrors } from './harness/type-check.js'

const examples = ['core', 'nn', 'optim', 'formats', 'models', 'train'].flatMap((packageName) =>
  sourcesOf(packageName).flatMap((path) =>
    examplesIn(packageName, path).map((example) => ({ ...example, packageName, path })),
  ),
)

describe('examples', () => {
  it('type-check', () => {
    const errors = typeErrors(asModules(examples))
    const where = examples.map(({ packageName, path, line }) => `${packageName}/${path}:${line}`)
    expect(where.flatMap((place, i) => (errors[i] ?? []).map((error) => `${place} ${error}`))).toEqual([])
  })

  for (const { packageName, path, line, code } of examples)
    it(`${packageName}/${path}:${line}`, async () =>
      runExample(code, scopeFor(packageName, await exportsOf(packageName, path))))
})
