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
  /** The names of its options, if its last argument is a record of them. */
  readonly options: readonly string[] | undefined
}

const entries = {
  core: 'core/src/index.ts',
  testing: 'core/src/testing/index.ts',
  nn: 'nn/src/index.ts',
  optim: 'optim/src/index.ts',
  formats: 'formats/src/index.ts',
  models: 'models/src/index.ts',
  train: 'train/src/node.ts',
} as const

export type Entry = keyof typeof entries

/** The names in a type that may be options: a record, or a union of them, and no tensor, function, array or dictionary. */
const namesIn = (checker: ts.TypeChecker, type: ts.Type): readonly string[] | undefined => {
  const given = checker.getNonNullableType(type)
  const parts = given.isUnion() ? given.types : [given]
  const isRecord = (part: ts.Type): boolean =>
    (part.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0 &&
    part.getCallSignatures().length === 0 &&
    !checker.isArrayType(part) &&
    !checker.isTupleType(part) &&
    part.getStringIndexType() === undefined &&
    part.getProperties().length > 0 &&
    part.getProperty('toArray') === undefined
  return parts.every(isRecord) ? parts.flatMap((part) => part.getProperties().map(({ name }) => name)) : undefined
}

/** The names of the options that one way to call a function has: its last argument, if that may be left out or is called so. */
const optionsOf = (checker: ts.TypeChecker, signature: ts.Signature, at: ts.Node): readonly string[] => {
  const parameters = signature.getParameters()
  const last = parameters.at(-1)
  const declaration = last?.valueDeclaration
  if (last === undefined || declaration === undefined || !ts.isParameter(declaration)) return []
  const type = checker.getTypeOfSymbolAtLocation(last, at)
  if (declaration.dotDotDotToken !== undefined) {
    const end = checker.isTupleType(type) ? checker.getTypeArguments(type as ts.TypeReference).at(-1) : undefined
    return (end && namesIn(checker, end)) ?? []
  }
  const isOptional = declaration.questionToken !== undefined || declaration.initializer !== undefined
  const isTakenApart = parameters.length > 1 && (ts.isObjectBindingPattern(declaration.name) || last.name === 'options')
  const isCalledSo = /Options?\b/.test(checker.typeToString(type))
  return isOptional || isTakenApart || isCalledSo ? (namesIn(checker, type) ?? []) : []
}

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
  const exportsOf = (module: ts.Symbol, prefix: string): readonly PublicName[] =>
    checker.getExportsOfModule(module).flatMap((exported): readonly PublicName[] => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      const name = `${prefix}${exported.name}`
      if (symbol.flags & ts.SymbolFlags.ValueModule) return exportsOf(symbol, `${name}.`)
      if (!(symbol.flags & ts.SymbolFlags.Value) || !symbol.valueDeclaration) return []
      if (symbol.valueDeclaration.getSourceFile().fileName.includes('node_modules/fp-ts')) return []
      const tags = symbol.getJsDocTags(checker)
      if (tags.some((tag) => tag.name === 'internal')) return []
      const { valueDeclaration } = symbol
      const signatures = checker.getTypeOfSymbol(symbol).getCallSignatures()
      const options = new Set(signatures.flatMap((signature) => optionsOf(checker, signature, valueDeclaration)))
      return [
        {
          name,
          isFunction: signatures.length > 0,
          isClass: (symbol.flags & ts.SymbolFlags.Class) !== 0,
          documented: symbol.getDocumentationComment(checker).length > 0,
          examples: tags.filter((tag) => tag.name === 'example').length,
          options: options.size === 0 ? undefined : [...options],
        },
      ]
    })
  return Object.fromEntries(
    Object.entries(entries).map(([entry, path]) => {
      const source = program.getSourceFile(join(packagesFolder, path))
      const module = source && checker.getSymbolAtLocation(source)
      return [entry, module ? exportsOf(module, '') : []]
    }),
  ) as Record<Entry, readonly PublicName[]>
}
