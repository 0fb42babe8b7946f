/** Type-checks a piece of documentation as if it were a file of this folder. */
import { join } from 'node:path'
import ts from 'typescript'

/** The compiler keeps what it knows of the packages from page to page. */
let previous: ts.Program | undefined

const fromSource = process.env.PUREGRAD_FROM === 'source'

/** What the compiler objects to, one line each. */
export const typeErrors = (code: string): readonly string[] => {
  const path = join(import.meta.dirname, 'page.ts')
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    ...(fromSource ? { customConditions: ['@puregrad/source'] } : {}),
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (name) => name === path || fileExists(name)
  host.getSourceFile = (name, target, ...rest) =>
    name === path ? ts.createSourceFile(name, code, target) : getSourceFile(name, target, ...rest)
  const program = ts.createProgram([path], options, host, previous)
  previous = program
  const file = program.getSourceFile(path)
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    ({ start = 0, messageText }) => {
      const line = code.slice(0, start).split('\n').length
      return `${code.split('\n')[line - 1]?.trim()}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    },
  )
}
