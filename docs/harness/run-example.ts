/** Runs a piece of documentation: TypeScript whose lines `expression // result` are checked. */
import * as core from '@puregrad/core'
import * as testing from '@puregrad/core/testing'
import * as nn from '@puregrad/nn'
import * as optim from '@puregrad/optim'
import * as train from '@puregrad/train'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import ts from 'typescript'
import { expect } from 'vitest'

/** The names that examples may use without importing them; a package's own names come before those of other packages. */
export const scopeFor = (packageName: string): Readonly<Record<string, unknown>> => {
  const packages: Readonly<Record<string, object>> = { nn, optim, train, testing, lax: core.lax, core }
  const own = packages[packageName] ?? core
  return { ...train, ...optim, ...nn, ...core, ...own, nn, optim, train, testing, E, fc }
}

/** Runs the code. Every top-level `expression // result` has to give the result. */
export const runExample = (code: string, scope: Readonly<Record<string, unknown>>): void => {
  const { outputText } = ts.transpileModule(withChecks(code), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  })
  const declared = declaredNames(code)
  const names = Object.keys(scope).filter((name) => !declared.has(name) && /^[A-Za-z_$][\w$]*$/.test(name))
  const run = new Function('check__', ...names, `'use strict';\n${outputText}`)
  run(check, ...names.map((name) => scope[name]))
}

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

const parse = (code: string): ts.SourceFile => ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true)

/** Imports away, and `expression // result` as a call that compares. */
const withChecks = (code: string): string => {
  const source = parse(code)
  const edits = source.statements.flatMap((statement): readonly [number, number, string][] => {
    if (ts.isImportDeclaration(statement)) return [[statement.getStart(), statement.getEnd(), '']]
    if (!ts.isExpressionStatement(statement)) return []
    const comment = ts.getTrailingCommentRanges(code, statement.getEnd())?.[0]
    const text = comment && code.slice(comment.pos + 2, comment.end).trim()
    if (!text) return []
    const expression = statement.expression.getText()
    return [[statement.getStart(), statement.getEnd(), `check__(${expression}, ${JSON.stringify(text)});`]]
  })
  return edits.reduceRight(
    (text, [start, end, replacement]) => text.slice(0, start) + replacement + text.slice(end),
    code,
  )
}

const check = (actual: unknown, text: string): void => {
  const expected = literal(text)
  if (expected === undefined) {
    expect(String(actual).replace(/\s+/g, ' ').trim()).toBe(text.replace(/\s+/g, ' '))
    return
  }
  compare(plain(actual), expected.value, text)
}

/** The value that a comment writes out, if it is one: numbers, strings, arrays, records. */
const literal = (text: string): { readonly value: unknown } | undefined => {
  if (!/^[-\d[{'"`(tfnNI]/.test(text)) return undefined
  try {
    return { value: new Function(`'use strict'; return (${text})`)() as unknown }
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
    expected.forEach((e, i) => compare(actual[i], e, text))
  } else if (typeof expected === 'object' && expected !== null && typeof actual === 'object' && actual !== null) {
    expect(Object.keys(actual).sort(), text).toEqual(Object.keys(expected).sort())
    for (const [key, e] of Object.entries(expected)) compare((actual as Record<string, unknown>)[key], e, text)
  } else expect(actual, text).toEqual(expected)
}
