// Programs of workers as text: what a worker runs, with all that it imports, in a file that is kept, so that the sources run without
// a build, and workers start wherever there are some: after any bundler, in Node and in a page. A test holds each to its sources.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The ES modules of fp-ts, of which little is used. */
const esModules = (folder) => ({
  name: 'ES modules of fp-ts',
  setup: (plugin) =>
    plugin.onResolve({ filter: /^fp-ts\/lib\// }, ({ path }) => ({
      path: createRequire(join(folder, 'program.ts'))
        .resolve(path)
        .replace(/([\\/])lib([\\/][^\\/]+)$/, '$1es6$2'),
      sideEffects: false,
    })),
})

/** The text of the file that has the program of `program.ts` in a folder of the sources, under the name of a constant. */
export const programFile = async (folder, constant, script) => {
  const absolute = join(root, folder)
  const { outputFiles } = await build({
    entryPoints: [join(absolute, 'program.ts')],
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'program',
    target: 'es2022',
    charset: 'ascii',
    conditions: ['@puregrad/source'],
    plugins: [esModules(absolute)],
    write: false,
    logLevel: 'warning',
  })
  const note = `// Written by scripts/${script} from program.ts, which says what it is.`
  return `${note}\nexport const ${constant} =\n  ${JSON.stringify(outputFiles[0].text)}\n`
}

/** Writes it where it is kept. A file that says the same is left as old as it is, for those who build by the times of files. */
export const keep = async (folder, file, text) => {
  const path = join(root, folder, file)
  if (readFileSync(path, { encoding: 'utf8', flag: 'a+' }) !== text) writeFileSync(path, text)
}
