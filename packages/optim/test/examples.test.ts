/** The examples in the docs run, and give what they say. */
import { readdirSync, readFileSync } from 'node:fs'
import * as core from '@puregrad/core'
import { concatAll } from 'fp-ts/lib/Monoid.js'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import * as optim from '../src/index.js'

const { np } = core
const folder = new URL('../src/', import.meta.url)
const params = { w: np.array([1, 2]), kernel: np.ones([2, 2]), bias: np.zeros([2]) }
const scope: Readonly<Record<string, unknown>> = { ...core, ...optim, concatAll, params, grads: params }

interface Example {
  readonly code: string
  /** The comment that ends it. */
  readonly said: string
}

const examplesOf = (source: string): readonly Example[] =>
  [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(([block]) => {
    const text = block.replace(/^\s*\/?\*+\/? ?|\s*\*\/$/gm, '').split(/^@example\s|\s@example\s/m)[1]
    if (text === undefined) return []
    const lines = text.trim().split('\n')
    const [last = '', said = ''] = (lines.pop() ?? '').split(' // ')
    return [{ code: [...lines, `return (${last.replace(/^const .*? = /, '')})`].join('\n'), said }]
  })

const evaluate = (code: string): unknown => {
  const { outputText } = ts.transpileModule(`const example = () => {\n${code}\n}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  })
  return new Function(...Object.keys(scope), `${outputText}\nreturn example()`)(...Object.values(scope))
}

const files = readdirSync(folder, { encoding: 'utf8', recursive: true }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'index.ts',
)
const examples = files.flatMap((file) =>
  examplesOf(readFileSync(new URL(file, folder), 'utf8'))
    .filter(({ code }) => !code.includes('(type '))
    .map((example) => [file, example] as const),
)

describe('examples in the docs', () => {
  it('are there for every exported function', () => {
    expect(examples.length).toBeGreaterThan(60)
  })

  it.each(examples)('%s: $code', (_, { code, said }) => {
    const actual = evaluate(code)
    expect(actual).toBeDefined()
    if (!/^[-[\d]/.test(said) || /[a-z]/.test(said)) return
    const numbers = (x: unknown): number[] => [x].flat(9) as number[]
    const expected = numbers(JSON.parse(said))
    expect(numbers(actual)).toHaveLength(expected.length)
    numbers(actual).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 6)
    })
  })
})
