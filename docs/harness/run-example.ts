/**
 * Runs a piece of documentation and checks what it says. In TypeScript at top level,
 *
 * - `expression // result` and `const name = expression // result` have to give the result: a value as JavaScript writes it
 *   (tensors as nested arrays, numbers within float32's precision), else the text that the value prints as;
 * - `console.log(…)` has to print the `//` comment after it, on its line or on the lines that follow;
 * - `expression // throws Message` has to throw an error whose text begins so; the comment may also stand below.
 */
import { format } from 'node:util'
import * as core from '@puregrad/core'
import * as testing from '@puregrad/core/testing'
import * as formats from '@puregrad/formats'
import * as models from '@puregrad/models'
import * as nn from '@puregrad/nn'
import * as optim from '@puregrad/optim'
import * as train from '@puregrad/train'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import ts from 'typescript'
import { expect } from 'vitest'

type Scope = Readonly<Record<string, unknown>>

/** What examples use without importing it: everything public, the package's own names first, then those given. */
export const scopeFor = (packageName: string, given: Scope = {}): Scope => {
  const packages: Readonly<Record<string, object>> = {
    nn,
    optim,
    formats,
    models,
    train,
    core: { ...testing, ...core },
  }
  const it = (_title: string, test: () => unknown): unknown => test()
  return {
    ...train,
    ...formats,
    ...models,
    ...optim,
    ...nn,
    ...core,
    ...given,
    ...packages[packageName],
    nn,
    optim,
    formats,
    models,
    // The function of train's own examples, which import it.
    train: train.train,
    testing,
    E,
    right: E.right,
    isRight: E.isRight,
    fc,
    it,
  }
}

const AsyncFunction = (async () => {}).constructor as new (
  ...parameters: string[]
) => (...args: unknown[]) => Promise<void>

export const runExample = async (code: string, scope: Scope): Promise<void> => {
  const { outputText } = ts.transpileModule(withChecks(code), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  })
  const declared = declaredNames(code)
  const names = Object.keys(scope).filter((name) => !declared.has(name) && !isReserved(name))
  const run = new AsyncFunction('check__', ...names, `'use strict';\n${outputText}`)
  await run(checks, ...names.map((name) => scope[name]))
}

/** `np.var` and the like are exported under names that only a namespace can carry. */
const isReserved = (name: string): boolean => {
  const kind = ts.identifierToKeywordKind(ts.factory.createIdentifier(name))
  return kind !== undefined && kind <= ts.SyntaxKind.LastFutureReservedWord
}

const parse = (code: string): ts.SourceFile => ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true)

const declaredNames = (code: string): ReadonlySet<string> => {
  const names = new Set<string>()
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text)
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name)
  }
  for (const statement of parse(code).statements) {
    if (ts.isVariableStatement(statement)) for (const d of statement.declarationList.declarations) bind(d.name)
    if (ts.isFunctionDeclaration(statement) && statement.name) names.add(statement.name.text)
  }
  return names
}

/** The code without its imports, and with its comments as calls that compare. */
const withChecks = (code: string): string => {
  const edits = parse(code).statements.map((statement): readonly [number, number, string] => {
    const text = code.slice(statement.getStart(), statement.getEnd())
    return [
      statement.getStart(),
      statement.getEnd(),
      ts.isImportDeclaration(statement) ? '' : (checked(code, statement) ?? text),
    ]
  })
  return edits.reduceRight(
    (text, [start, end, replacement]) => text.slice(0, start) + replacement + text.slice(end),
    code,
  )
}

const checked = (code: string, statement: ts.Statement): string | undefined => {
  const claim = trailingComment(code, statement.getEnd())
  if (ts.isVariableStatement(statement)) {
    const [declaration, ...others] = statement.declarationList.declarations
    if (!declaration || others.length > 0 || !ts.isIdentifier(declaration.name) || !literal(claim)) return undefined
    return `${statement.getText()}; check__.value(${declaration.name.text}, ${JSON.stringify(claim)});`
  }
  if (!ts.isExpressionStatement(statement)) return undefined
  const { expression } = statement
  const below = claim === '' ? followingComment(code, statement.getEnd()) : claim
  if (ts.isCallExpression(expression) && expression.expression.getText() === 'console.log') {
    const values = expression.arguments.map((argument) => argument.getText()).join(', ')
    return `check__.prints([${values}], ${JSON.stringify(below)});`
  }
  if (below.startsWith('throws '))
    return `check__.throws(() => (${expression.getText()}), ${JSON.stringify(below.slice(7))});`
  return claim === '' ? undefined : `check__.value(${expression.getText()}, ${JSON.stringify(claim)});`
}

const trailingComment = (code: string, end: number): string => {
  const comment = ts.getTrailingCommentRanges(code, end)?.[0]
  return comment ? code.slice(comment.pos + 2, comment.end).trim() : ''
}

/** The lines of comment right below a statement. */
const followingComment = (code: string, end: number): string =>
  (/^[ \t]*\n((?:\/\/.*(?:\n|$))+)/.exec(code.slice(end))?.[1] ?? '').replace(/^\/\/ ?/gm, '').trim()

const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim()

const checks = {
  value: (actual: unknown, claim: string): void => {
    const expected = literal(claim)
    if (expected) compare(plain(actual), expected.value, claim)
    else expect(squeezed(String(actual))).toBe(squeezed(claim))
  },
  prints: (values: readonly unknown[], claim: string): void => {
    if (claim !== '') expect(squeezed(format(...values))).toBe(squeezed(claim))
  },
  throws: (run: () => unknown, claim: string): void => {
    let thrown: unknown
    try {
      run()
    } catch (error) {
      thrown = error
    }
    expect(squeezed(String(thrown)).slice(0, squeezed(claim).length)).toBe(squeezed(claim))
  },
}

/** The value that a comment writes out, if it is one: numbers, strings, arrays, records, `right(…)` and `left(…)`. */
const literal = (text: string): { readonly value: unknown } | undefined => {
  if (!/^[-\d[{'"`(tfnNIMurl]/.test(text)) return undefined
  try {
    return { value: new Function('right', 'left', `'use strict'; return (${text})`)(E.right, E.left) as unknown }
  } catch {
    return undefined
  }
}

const plain = (x: unknown): unknown => {
  if (x instanceof core.Tensor) return x.toArray()
  if (ArrayBuffer.isView(x)) return Array.from(x as Float32Array)
  if (Array.isArray(x)) return x.map(plain)
  if (typeof x !== 'object' || x === null) return x
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, plain(value)]))
}

const compare = (actual: unknown, expected: unknown, text: string): void => {
  if (typeof expected === 'number' && typeof actual === 'number') {
    if (Number.isFinite(expected)) {
      const slack = 1e-6 + 1e-5 * Math.abs(expected)
      expect(Math.abs(actual - expected), `${actual} for ${text}`).toBeLessThanOrEqual(slack)
    } else expect(actual, text).toBe(expected)
  } else if (Array.isArray(expected) && Array.isArray(actual)) {
    expect(actual, text).toHaveLength(expected.length)
    for (const [i, e] of expected.entries()) compare(actual[i], e, text)
  } else if (typeof expected === 'object' && expected !== null && typeof actual === 'object' && actual !== null) {
    expect(Object.keys(actual).sort(), text).toEqual(Object.keys(expected).sort())
    for (const [key, e] of Object.entries(expected)) compare((actual as Record<string, unknown>)[key], e, text)
  } else expect(actual, text).toEqual(expected)
}
