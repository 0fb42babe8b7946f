// Bundles a package for those who load it without a bundler of their own. Run in the package, after dist is written.
//   node ../../scripts/bundle.mjs          where the exports map has files for Node: one file per entry, and what they share
//   node ../../scripts/bundle.mjs --page   dist/puregrad.js too: one file for pages, its core beside it
// Where an entry may be required, these files are CommonJS, and its ES module hands their values on: a process that
// does both has one copy of everything.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'

const { name, exports, dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

/** What of the exports map is written here: its ES module for Node, perhaps a CommonJS one and its types, and the source of all. */
const entries = Object.values(exports).map(({ node, default: whole, types }) => {
  const esm = node.import?.default ?? node.default ?? node
  const nodeTypes = node.import?.types ?? node.types ?? types
  return {
    esm,
    cjs: node.require?.default,
    cjsTypes: node.require?.types,
    types: nodeTypes,
    // Where Node has more than others, its types lie beside the source.
    whole: node.default === undefined ? whole : nodeTypes.replace(/\.d\.ts$/, '.js'),
  }
})
/** Where the files for Node go. */
const folder = dirname(entries[0].esm).replace(/^\.\//, '')
const inNode = (path) => relative(folder, path).replace(/\.c?js$/, '')
const required = entries.every(({ cjs }) => cjs !== undefined)
const behind = (entry) => (required ? `${entry}.all` : entry)

const common = {
  bundle: true,
  format: 'esm',
  sourcemap: true,
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
}

/** Declarations of the CommonJS entry: the same types by another name, so that a tensor has one type in both worlds. */
const declarations = ({ types, cjsTypes }) =>
  writeFileSync(
    cjsTypes,
    `// @ts-ignore: TypeScript takes a module of types for one to require, unless it is new enough to know that this may be done.\nexport * from './${relative(dirname(cjsTypes), types).replace('.d.ts', '.js')}'\n`,
  )

/** Rewrites the ES modules for Node as CommonJS. */
const toCommonJs = async () => {
  const entryPoints = readdirSync(folder)
    .filter((path) => path.endsWith('.cjs'))
    .map((path) => join(folder, path))
  const { outputFiles } = await build({
    ...common,
    entryPoints,
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { 'import.meta.url': '__filename' },
    write: false,
  })
  for (const { path, contents } of outputFiles) writeFileSync(path, contents)
}

/**
 * An entry's CommonJS module and its ES module, which hand on what the bundle behind them exports. They are small, since Node reads
 * the whole of what an ES module takes from CommonJS to learn the names. They export values, not the bundle's getters.
 */
const handOn = ({ esm, cjs }, names) => {
  const lines = names.map((name) => `exports.${name}=all.${name}\n`).join('')
  const esModule = 'Object.defineProperty(exports,"__esModule",{value:true})'
  writeFileSync(cjs, `'use strict'\nconst all=require('./${behind(inNode(esm))}.cjs')\n${esModule}\n${lines}`)
  writeFileSync(esm, `export{${names.join(',')}}from'./${relative(dirname(esm), cjs)}'\n`)
}

/** In dist fp-ts is taken as ES modules, which every bundler reads, in place of the CommonJS that Node needs with the sources. */
const takeEsModules = () => {
  for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.js'),
  )) {
    const code = readFileSync(join('dist', path), 'utf8')
    const taken = code.replace(/(from\s*['"]fp-ts\/)lib\//g, '$1es6/')
    if (taken !== code) writeFileSync(join('dist', path), taken)
  }
}

const core = '@puregrad/core'
const coreBeside = {
  name: 'core beside',
  setup: (plugin) =>
    plugin.onResolve({ filter: new RegExp(`^${core}$`) }, () => ({
      path: '../../core/dist/puregrad.js',
      external: true,
    })),
}

/** One file with all that it needs; a package over core imports the core that lies beside it, as the names of packages do. */
const bundleForPages = () =>
  build({
    ...common,
    minify: true,
    entryPoints: ['dist/index.js'],
    outfile: 'dist/puregrad.js',
    platform: 'browser',
    target: 'es2022',
    plugins: name === core ? [] : [coreBeside],
  })

rmSync(folder, { recursive: true, force: true })
rmSync('dist/puregrad.js', { force: true })
takeEsModules()
const { metafile } = await build({
  ...common,
  entryPoints: Object.fromEntries(entries.map(({ esm, whole }) => [behind(inNode(esm)), whole])),
  outdir: folder,
  outExtension: required ? { '.js': '.cjs' } : {},
  splitting: true,
  // fp-ts comes along, of which little is used: its values are plain data, so it does not matter whose functions made them.
  external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== 'fp-ts'),
  platform: 'node',
  target: 'node20',
  chunkNames: '[name]-[hash]',
  metafile: true,
})
if (required) {
  await toCommonJs()
  for (const entry of entries) {
    handOn(entry, metafile.outputs[`${folder}/${behind(inNode(entry.esm))}.cjs`].exports)
    declarations(entry)
  }
}
if (process.argv.includes('--page')) await bundleForPages()
