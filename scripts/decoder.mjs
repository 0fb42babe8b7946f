// Writes packages/train/src/data/decoding/decoder.generated.ts: what workers that decode images run, with all that it imports, as text.
// The build of train runs it; the file is kept, so that the sources run without a build, and a test holds it to them.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages', 'train', 'src', 'data', 'decoding')
const require = createRequire(join(folder, 'program.ts'))

/** The ES modules of fp-ts, of which little is used. */
const esModules = {
  name: 'ES modules of fp-ts',
  setup: (plugin) =>
    plugin.onResolve({ filter: /^fp-ts\/lib\// }, ({ path }) => ({
      path: require.resolve(path).replace(/([\\/])lib([\\/][^\\/]+)$/, '$1es6$2'),
      sideEffects: false,
    })),
}

/** The text of the file. */
export const decoderFile = async () => {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'program.ts')],
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'decoder',
    target: 'es2022',
    charset: 'ascii',
    conditions: ['@puregrad/source'],
    plugins: [esModules],
    write: false,
    logLevel: 'warning',
  })
  const note = '// Written by scripts/decoder.mjs from program.ts, which says what it is.'
  return `${note}\nexport const decoderProgram =\n  ${JSON.stringify(outputFiles[0].text)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = join(folder, 'decoder.generated.ts')
  const text = await decoderFile()
  // A file that says the same is left as old as it is, for those who build by the times of files.
  if (readFileSync(path, { encoding: 'utf8', flag: 'a+' }) !== text) writeFileSync(path, text)
}
