/** Type-checks documentation: pages as they are, and examples with the names that they use imported. */
import { join } from 'node:path'
import ts from 'typescript'
import { packagesFolder } from './sources.js'

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  ...(process.env.PUREGRAD_FROM === 'source' ? { customConditions: ['@puregrad/source'] } : {}),
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: true,
}

/** The compiler keeps what it knows of the packages from one call to the next. */
let previous: ts.Program | undefined

/** What the compiler objects to in each text, as if it were a file of this folder; one line each. */
export const typeErrors = (texts: readonly string[]): readonly (readonly string[])[] => {
  const files = new Map(texts.map((text, i) => [join(import.meta.dirname, `page-${i}.ts`), text]))
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (name) => files.has(name) || fileExists(name)
  host.getSourceFile = (name, target, ...rest) => {
    const text = files.get(name)
    return text === undefined ? getSourceFile(name, target, ...rest) : ts.createSourceFile(name, text, target)
  }
  const program = ts.createProgram([...files.keys()], options, host, previous)
  previous = program
  return [...files].map(([name, text]) => {
    const file = program.getSourceFile(name)
    const lines = text.split('\n')
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ start = 0, messageText }) => {
        const line = lines[text.slice(0, start).split('\n').length - 1] ?? ''
        return `${line.trim()}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
      },
    )
  })
}

const publicModules = {
  '@puregrad/core': 'core/src/index.ts',
  '@puregrad/core/testing': 'core/src/testing/index.ts',
  '@puregrad/nn': 'nn/src/index.ts',
  '@puregrad/optim': 'optim/src/index.ts',
  '@puregrad/formats': 'formats/src/index.ts',
  '@puregrad/models': 'models/src/index.ts',
  '@puregrad/train': 'train/src/node.ts',
} as const

export interface Snippet {
  readonly packageName: string
  /** The file that it stands in, below the package's `src`. */
  readonly path: string
  readonly code: string
}

/** Each example as a module: its file's own names, then public ones, imported as far as it uses them and does not declare them. */
export const asModules = (snippets: readonly Snippet[]): readonly string[] => {
  const pathOf = ({ packageName, path }: Snippet): string => join(packagesFolder, packageName, 'src', path)
  const entries = Object.values(publicModules).map((path) => join(packagesFolder, path))
  const program = ts.createProgram([...entries, ...new Set(snippets.map(pathOf))], {
    ...options,
    customConditions: ['@puregrad/source'],
  })
  const checker = program.getTypeChecker()
  const exportsOf = (path: string): readonly string[] => {
    const file = program.getSourceFile(path)
    const module = file && checker.getSymbolAtLocation(file)
    return module ? checker.getExportsOfModule(module).map(({ name }) => name) : []
  }
  const everyone = Object.entries(publicModules).map(
    ([specifier, entry]) => [specifier, exportsOf(join(packagesFolder, entry))] as const,
  )
  const fromSource = process.env.PUREGRAD_FROM === 'source'
  return snippets.map((snippet) => {
    const { packageName, path, code } = snippet
    const own = `../../packages/${packageName}/${fromSource ? 'src' : 'dist'}/${path.replace(/\.ts$/, '.js')}`
    const publicNames = [...everyone].sort(
      ([a], [b]) => Number(b === `@puregrad/${packageName}`) - Number(a === `@puregrad/${packageName}`),
    )
    const words = new Set(code.match(/[A-Za-z_$][\w$]*/g) ?? [])
    const taken = declaredIn(code)
    const imports = [[own, exportsOf(pathOf(snippet))] as const, ...publicNames].flatMap(([specifier, names]) => {
      const used = names.filter((name) => words.has(name) && !taken.has(name) && !['delete', 'var'].includes(name))
      for (const name of used) taken.add(name)
      return used.length === 0 ? [] : [`import { ${used.join(', ')} } from '${specifier}'`]
    })
    const others = Object.entries(otherNames).flatMap(([name, text]) =>
      words.has(name) && !taken.has(name) ? [text] : [],
    )
    return [...imports, ...others, 'export {}', code].join('\n')
  })
}

/** What else is there for examples. */
const otherNames: Readonly<Record<string, string>> = {
  nn: `import * as nn from '@puregrad/nn'`,
  optim: `import * as optim from '@puregrad/optim'`,
  formats: `import * as formats from '@puregrad/formats'`,
  models: `import * as models from '@puregrad/models'`,
  train: `import * as train from '@puregrad/train'`,
  E: `import * as E from 'fp-ts/lib/Either.js'`,
  right: `import { right } from 'fp-ts/lib/Either.js'`,
  fc: `import fc from 'fast-check'`,
  it: 'declare const it: (title: string, test: () => unknown) => void',
}

/** The names that a text declares or imports at its top level, types included. */
const declaredIn = (code: string): Set<string> => {
  const names = new Set<string>()
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text)
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name)
  }
  for (const statement of ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true).statements) {
    if (ts.isVariableStatement(statement)) for (const d of statement.declarationList.declarations) bind(d.name)
    else if (ts.isFunctionDeclaration(statement) && statement.name) names.add(statement.name.text)
    else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      names.add(statement.name.text)
    else if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {}
      if (name) names.add(name.text)
      if (namedBindings && ts.isNamedImports(namedBindings))
        for (const e of namedBindings.elements) names.add(e.name.text)
    }
  }
  return names
}
