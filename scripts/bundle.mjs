// Bundles a package's entries for Node into dist/node: one file per entry and what they share, instead of hundreds to open.
// Run in the package; entries are the `node` conditions of its exports map.
import { readFileSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const { exports, dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const entries = Object.values(exports).map(({ node, default: whole }) => [
  node.replace('./dist/node/', '').replace('.js', ''),
  whole,
])

rmSync('dist/node', { recursive: true, force: true })
await build({
  entryPoints: Object.fromEntries(entries),
  outdir: 'dist/node',
  bundle: true,
  splitting: true,
  // fp-ts comes along, of which little is used: its values are plain data, so it does not matter whose functions made them.
  external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== 'fp-ts'),
  alias: { 'fp-ts/lib': 'fp-ts/es6' },
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  chunkNames: '[name]-[hash]',
  logLevel: 'warning',
})
