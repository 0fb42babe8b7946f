// Import arrows between packages, and between the rooms (folders) of a package, against the table in arrows.json.
// A type-only import inside a package is free: it is gone at run time. Tests may import anything.
// Every room of a package that has a table stands in it, and every room of the table is there.
// A test stands beside its source, under its name, that name with more behind it, or that of its folder; in the package's folder `test`
// stands what tests no single source. Tests that seem to be neither are in the table: `several` test some sources of their folder at
// once, `stories` are no tests of the one source that is called like them.
// Of packages that run in a page, the rooms that may import Node's own modules are named, too.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const table = JSON.parse(readFileSync(join(root, 'scripts', 'arrows.json'), 'utf8'))

const sourcesIn = (directory) =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name) && !/\.test(-d)?\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))

const isTypeOnly = (node) => {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  const clause = node.importClause
  if (!clause) return false
  if (clause.isTypeOnly) return true
  const named = clause.namedBindings
  return !clause.name && named && ts.isNamedImports(named) && named.elements.every((element) => element.isTypeOnly)
}

/** Every `import … from`, `export … from` and `import('…')` of a file. */
const importsOf = (path) => {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  const found = []
  const add = (node, specifier, typeOnly) =>
    found.push({
      specifier: specifier.text,
      typeOnly,
      line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1,
    })
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
      add(node, node.moduleSpecifier, isTypeOnly(node))
    else if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      ts.isStringLiteral(node.arguments[0])
    )
      add(node, node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const roomOf = (source, path) =>
  relative(source, path)
    .split(sep)[0]
    .replace(/\.(js|ts)$/, '')
const list = (names) => (names.length > 0 ? names.join(', ') : 'nothing of ours')

const problemsOf = (name, source, path, { specifier, typeOnly, line }) => {
  const where = `${relative(root, path)}:${line}`
  const [, target] = /^@puregrad\/([^/]+)/.exec(specifier) ?? []
  if (target !== undefined) {
    const allowed = table.packages[name] ?? []
    return allowed.includes(target)
      ? []
      : [`${where}: package ${name} imports ${target}; it may import ${list(allowed)}`]
  }
  if (isBuiltin(specifier)) {
    const allowed = table.builtins[name]
    return allowed === undefined || typeOnly || allowed.includes(roomOf(source, path))
      ? []
      : [`${where}: ${name} runs in a page, which has no '${specifier}'; ${list(allowed)} may import it`]
  }
  if (!specifier.startsWith('.')) return []
  const resolved = resolve(dirname(path), specifier)
  if (relative(source, resolved).startsWith('..'))
    return [`${where}: '${specifier}' leaves packages/${name}/src; import the package by its name`]
  const rooms = table.rooms[name]
  const [from, to] = [roomOf(source, path), roomOf(source, resolved)]
  if (!rooms || from === to || typeOnly) return []
  const allowed = rooms[from]
  if (!allowed)
    return [`${where}: room '${from}' of ${name} is not in scripts/arrows.json; add it with what it may import`]
  return allowed.includes('*') || allowed.includes(to)
    ? []
    : [`${where}: ${name}/${from} imports ${to}; it may import ${list(allowed)}`]
}

/** Paths of a folder's files, below it and with slashes. */
const below = (directory, pattern) =>
  existsSync(directory)
    ? readdirSync(directory, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile() && pattern.test(entry.name))
        .map((entry) =>
          relative(directory, join(entry.parentPath ?? entry.path, entry.name))
            .split(sep)
            .join('/'),
        )
        .filter((path) => !path.includes('node_modules/'))
    : []

/** Rooms without rules, and rules without rooms. */
const problemsOfRooms = (name, source) => {
  const told = Object.keys(table.rooms[name] ?? {})
  if (told.length === 0) return []
  const there = [...new Set(sourcesIn(source).map((path) => roomOf(source, path)))]
  return [
    ...there
      .filter((room) => !told.includes(room))
      .map((room) => `room '${room}' of ${name} is not in scripts/arrows.json; add it with what it may import`),
    ...told
      .filter((room) => !there.includes(room))
      .map((room) => `scripts/arrows.json has a room '${room}' of ${name}, which is not there`),
  ]
}

const problemsOfTests = (name) => {
  const [source, stories] = [join(root, 'packages', name, 'src'), join(root, 'packages', name, 'test')]
  const { stories: apart = [], several = [] } = table.tests[name] ?? {}
  const sources = below(source, /\.ts$/).filter((path) => !/\.test(-d)?\.ts$/.test(path))
  const isBeside = (test) => {
    const [folder, called] = [dirname(test), basename(test)]
    return (
      called === basename(folder) ||
      sources.some((path) => {
        const own = basename(path, '.ts')
        return dirname(path) === folder && (called === own || called.startsWith(`${own}-`))
      })
    )
  }
  const tests = below(source, /\.test\.ts$/).map((path) => path.slice(0, -'.test.ts'.length))
  const told = below(stories, /\.test\.ts$/).map((path) => path.slice(0, -'.test.ts'.length))
  const sourceOf = (test) => sources.filter((path) => basename(path, '.ts') === test)
  return [
    ...tests
      .filter((test) => !isBeside(test) && !several.includes(test))
      .map(
        (test) => `packages/${name}/src/${test}.test.ts has no source beside it: call it as that, or move it to test`,
      ),
    ...told
      .filter((test) => sourceOf(test).length === 1 && !apart.includes(test))
      .map((test) => `packages/${name}/test/${test}.test.ts belongs beside src/${sourceOf(test)[0]}`),
    ...[...several.filter((test) => !tests.includes(test)), ...apart.filter((test) => !told.includes(test))].map(
      (test) => `scripts/arrows.json has a test '${test}' of ${name}, which is not there`,
    ),
  ]
}

const names = readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'src')))
const unknown = names
  .filter((name) => !(name in table.packages))
  .map((name) => `packages/${name} is not in scripts/arrows.json`)
const problems = names.flatMap((name) => {
  const source = join(root, 'packages', name, 'src')
  return [
    ...problemsOfRooms(name, source),
    ...problemsOfTests(name),
    ...sourcesIn(source).flatMap((path) => importsOf(path).flatMap((found) => problemsOf(name, source, path, found))),
  ]
})
for (const problem of [...unknown, ...problems]) console.error(problem)
console.log(`import arrows, rooms and tests: ${unknown.length + problems.length} wrong`)
process.exitCode = unknown.length + problems.length > 0 ? 1 : 0
