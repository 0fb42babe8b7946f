/** The code blocks of a page are one program: it type-checks, runs, and what its comments say is so. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runExample, scopeFor } from './harness/run-example.js'
import { typeErrors } from './harness/type-check.js'

const programOf = (page: string): string =>
  [...readFileSync(join(import.meta.dirname, '..', page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)]
    .map(([, code]) => code as string)
    .join('\n')

describe.each(['README.md', 'docs/tour.md'])('%s', (page) => {
  it('is a program', () => expect(programOf(page).length).toBeGreaterThan(500))

  it('type-checks', () => expect(typeErrors(programOf(page))).toEqual([]))

  it('runs, and its comments are true', () => runExample(programOf(page), scopeFor('core')))
})
