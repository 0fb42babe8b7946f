/** Every `@example` in the sources is run, and its `expression // result` lines are compared. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runExample, scopeFor } from './harness/run-example.js'

const packages = join(import.meta.dirname, '..', 'packages')

const sourcesIn = (directory: string): readonly string[] =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return entry.name === 'generated' ? [] : sourcesIn(path)
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') ? [path] : []
  })

interface Example {
  readonly line: number
  readonly code: string
}

/** The text of each `@example`, up to the next tag. */
const examplesIn = (path: string): readonly Example[] => {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: comment, index }) => {
    const lines = comment.split('\n').map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, '').replace(/\s*\*\/$/, ''))
    const start = text.slice(0, index).split('\n').length
    return lines.flatMap((line, i): readonly Example[] => {
      const at = line.indexOf('@example')
      if (at === -1) return []
      const rest = lines.slice(i + 1)
      const end = rest.findIndex((l) => /^@\w/.test(l))
      const code = [line.slice(at + '@example'.length), ...(end === -1 ? rest : rest.slice(0, end))].join('\n').trim()
      return [{ line: start + i, code: code.replace(/^```\w*\n?|```$/g, '') }]
    })
  })
}

for (const name of readdirSync(packages)) {
  if (name === 'kernels-as') continue
  describe(name, () => {
    const found = sourcesIn(join(packages, name, 'src')).flatMap((path) =>
      examplesIn(path).map((example) => ({ ...example, where: relative(packages, path) })),
    )
    it('has examples', () => expect(found.length).toBeGreaterThan(0))
    for (const { where, line, code } of found) it(`${where}:${line}`, () => runExample(code, scopeFor(name)))
  })
}
