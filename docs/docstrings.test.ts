/** Every `@example` in the sources is run, and what it says is compared. */
import { describe, expect, it } from 'vitest'
import { runExample, scopeFor } from './harness/run-example.js'
import { examplesIn, exportsOf, sourcesOf } from './harness/sources.js'

describe.each(['core', 'nn', 'optim', 'train'])('%s', (name) => {
  const found = sourcesOf(name).flatMap((path) => examplesIn(name, path).map((example) => ({ ...example, path })))

  it('has examples', () => expect(found.length).toBeGreaterThan(0))

  for (const { path, line, code } of found)
    it(`${path}:${line}`, async () => runExample(code, scopeFor(name, await exportsOf(name, path))))
})
