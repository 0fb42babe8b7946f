/** The code blocks of the pages run, each page from top to bottom. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runExample, scopeFor } from './harness/run-example.js'

const root = join(import.meta.dirname, '..')

const blocksIn = (page: string): readonly string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code as string)

describe.each(['README.md', 'docs/tour.md'])('%s', (page) => {
  it('runs as it is written', async () => {
    const blocks = blocksIn(page)
    expect(blocks.length).toBeGreaterThan(0)
    await runExample(blocks.join('\n'), scopeFor('core'))
  })
})
