/** The examples in the docs of `np` are true. */
import { readFileSync } from 'node:fs'
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
    for (const [i, e] of expected.entries()) expectAlike((actual as unknown[])[i], e)
  } else if (typeof expected === 'number') expect(actual).toBeCloseTo(expected, 6)
  else expect(actual).toEqual(expected)
}

/** The modules whose examples are one expression and its value. */
const modules = (
  'arithmetic array bitwise comparison creation cumulative exponential extrema floating functional joining matmul matrices ' +
  'flat-positions padding positions removal reductions reordering rounding shaping sorting splitting take trigonometric types unwrap where'
).split(' ')

for (const module of modules) {
  const file = `${module}.ts`
  const examples = examplesOf(readFileSync(new URL(file, folder), 'utf8')).filter(({ code }) =>
    /\b(np|pipe)\b/.test(code),
  )
  describe(file, () => {
    for (const { code, expected } of examples)
      it(`${code} is ${expected}`, () => expectAlike(evaluate(code), evaluate(expected)))
  })
}
