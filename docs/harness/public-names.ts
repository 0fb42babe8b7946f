/** What the packages export, as the compiler sees it, with what the comments say about each. */
import { join } from 'node:path'
import ts from 'typescript'
import { packagesFolder } from './sources.js'

export interface PublicName {
  /** As users write it: `np.linalg.solve`. */
  readonly name: string
  readonly isFunction: boolean
  readonly isClass: boolean
  readonly documented: boolean
  readonly examples: number
}

const entries = {
  core: 'core/src/index.ts',
  testing: 'core/src/testing/index.ts',
  nn: 'nn/src/index.ts',
  optim: 'optim/src/index.ts',
  train: 'train/src/index.ts',
} as const

export type Entry = keyof typeof entries

/** The public names of every entry point, namespaces such as `np` spread out. Types are left out: values are what one calls. */
export const publicNames = (): Readonly<Record<Entry, readonly PublicName[]>> => {
  const paths = Object.values(entries).map((path) => join(packagesFolder, path))
  const program = ts.createProgram(paths, {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    customConditions: ['@puregrad/source'],
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  })
  const checker = program.getTypeChecker()
  const namesIn = (module: ts.Symbol, prefix: string): readonly PublicName[] =>
    checker.getExportsOfModule(module).flatMap((exported): readonly PublicName[] => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      const name = `${prefix}${exported.name}`
      if (symbol.flags & ts.SymbolFlags.ValueModule) return namesIn(symbol, `${name}.`)
      if (!(symbol.flags & ts.SymbolFlags.Value) || !symbol.valueDeclaration) return []
      if (symbol.valueDeclaration.getSourceFile().fileName.includes('node_modules/fp-ts')) return []
      const tags = symbol.getJsDocTags(checker)
      if (tags.some((tag) => tag.name === 'internal')) return []
      return [
        {
          name,
          isFunction: checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0,
          isClass: (symbol.flags & ts.SymbolFlags.Class) !== 0,
          documented: symbol.getDocumentationComment(checker).length > 0,
          examples: tags.filter((tag) => tag.name === 'example').length,
        },
      ]
    })
  return Object.fromEntries(
    Object.entries(entries).map(([entry, path]) => {
      const source = program.getSourceFile(join(packagesFolder, path))
      const module = source && checker.getSymbolAtLocation(source)
      return [entry, module ? namesIn(module, '') : []]
    }),
  ) as Record<Entry, readonly PublicName[]>
}
