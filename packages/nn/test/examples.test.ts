/** The examples in the docs run, and give what they say. */
import { readdirSync, readFileSync } from 'node:fs'
import * as core from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import * as nn from '../src/index.js'

interface Example {
  readonly code: string
  readonly expected: string | null
}

const folder = new URL('../src/', import.meta.url)
const blocks = /\/\*\*[\s\S]*?\*\//g

/** The examples of a source file: code, and what a comment at the end of the last line says comes out. */
const examplesOf = (source: string): readonly Example[] =>
  [...source.matchAll(blocks)].flatMap(([block]) =>
    block
      .replace(/^\s*\/?\*+\/? ?|\s*\*\/$/gm, '')
      .split(/^@(?=\w)/m)
      .filter((part) => part.startsWith('example'))
      .map((part) => {
        const lines = part.slice('example'.length).trim().split('\n')
        const [last = '', ...comment] = (lines.pop() ?? '').split(' // ')
        return {
          code: [...lines, `return (${last.replace(/^const .*= /, '')})`].join('\n'),
          expected: comment.join(' // ') || null,
        }
      }),
  )

const scope: Readonly<Record<string, unknown>> = { ...core, ...nn, nn, E, right: E.right, key: core.random.key(0) }

const evaluate = (code: string): unknown => {
  const { outputText } = ts.transpileModule(`const example = () => {\n${code}\n}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  })
  return new Function(...Object.keys(scope), `${outputText}\nreturn example()`)(...Object.values(scope))
}

/** What a comment says, if it is a value and not prose. */
const valueOf = (comment: string | null): { readonly value: unknown } | null => {
  if (comment === null || !/^(\[[\d\s,.[\]e−-]*\]|-?[\d.]+)$/.test(comment)) return null
  return { value: JSON.parse(comment) }
}

const expectAlike = (actual: unknown, expected: unknown): void => {
  if (actual instanceof core.Tensor) expectAlike(actual.toArray(), expected)
  else if (Array.isArray(expected)) {
    expect(actual).toHaveLength(expected.length)
    for (const [i, e] of expected.entries()) expectAlike((actual as unknown[])[i], e)
  } else expect(actual).toBeCloseTo(expected as number, 6)
}

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
)

describe.each(
  files
    .map((file) => [file, examplesOf(readFileSync(new URL(file, folder), 'utf8'))] as const)
    .filter(([, e]) => e.length > 0),
)('%s', (_, examples) => {
  it.each(examples.map((example) => [example.code, example] as const))('%s', (__, { code, expected }) => {
    const actual = evaluate(code)
    const said = valueOf(expected)
    if (said === null) expect(actual).toBeDefined()
    else expectAlike(actual, said.value)
  })
})
