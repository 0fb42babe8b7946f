/** The examples in the docs of `np` are true. */
import { readdirSync, readFileSync } from 'node:fs'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import '../trace/evaluate.js'
import * as np from './index.js'

const folder = new URL('./', import.meta.url)

interface Example {
  readonly code: string
  readonly expected: string
}

const examplesOf = (source: string): readonly Example[] =>
  [...source.matchAll(/@example (.+?) \/\/ (.+?)(?: \*\/)?$/gm)].map(([, code, expected]) => ({
    code: code as string,
    expected: expected as string,
  }))

const evaluate = (code: string): unknown => new Function('np', 'pipe', `return (${code})`)(np, pipe)

const expectAlike = (actual: unknown, expected: unknown): void => {
  if (Array.isArray(expected)) {
    expect(actual).toHaveLength(expected.length)
    expected.forEach((e, i) => expectAlike((actual as unknown[])[i], e))
  } else if (typeof expected === 'number') expect(actual).toBeCloseTo(expected, 6)
  else expect(actual).toEqual(expected)
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
  const examples = examplesOf(readFileSync(new URL(file, folder), 'utf8')).filter(({ code }) => /\b(np|pipe)\b/.test(code))
  if (examples.length === 0) continue
  describe(file, () => {
    for (const { code, expected } of examples) it(`${code} is ${expected}`, () => expectAlike(evaluate(code), evaluate(expected)))
  })
}
