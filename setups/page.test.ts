import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createContext, Script } from 'node:vm'
import { build, transform } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expected, makeProject, type Project, program } from './project.js'

let project: Project
beforeAll(() => {
  project = makeProject([])
})
afterAll(() => project.remove())

const file = (name: string): string => `/node_modules/@puregrad/${name}/dist/puregrad.js`
const page = `import { grad, jit, np } from '${file('core')}'
import { losses } from '${file('nn')}'
import { adam, applyUpdates } from '${file('optim')}'
${program}
export const run = () => report
`

/** What a page asks a server of files for, beginning with its own script: URLs as a browser resolves them, nothing else. */
const load = async (
  origin: string,
  script: string,
): Promise<{ readonly code: string; readonly asked: readonly string[] }> => {
  const asked: string[] = []
  const browser = {
    name: 'browser',
    setup: (plugin: import('esbuild').PluginBuild) => {
      plugin.onResolve({ filter: /.*/ }, ({ path, importer }) => {
        if (importer !== '' && !/^(\/|\.\.?\/)/.test(path)) throw new Error(`a page cannot import '${path}'`)
        return { path: new URL(path, importer || origin).href, namespace: 'url' }
      })
      plugin.onLoad({ filter: /.*/, namespace: 'url' }, async ({ path }) => {
        asked.push(new URL(path).pathname)
        const response = await fetch(path)
        if (!response.ok) throw new Error(`${path}: ${response.status}`)
        return { contents: await response.text(), loader: 'js' as const }
      })
    },
  }
  const { outputFiles } = await build({
    entryPoints: [script],
    bundle: true,
    format: 'esm',
    write: false,
    plugins: [browser],
    logLevel: 'silent',
  })
  return { code: outputFiles[0]?.text ?? '', asked }
}

it('a page without a bundler imports the files by their places on any server, with one core, and needs nothing else', async () => {
  project.write({ 'page.js': page })
  const server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(project.directory, new URL(request.url ?? '', 'http://localhost').pathname)))
    } catch {
      response.writeHead(404).end()
    }
  })
  const origin = await new Promise<string>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
    }),
  )
  const { code, asked } = await load(origin, '/page.js')
  server.close()
  expect([...asked].sort()).toEqual([file('core'), file('nn'), file('optim'), '/page.js'].sort())
  const { code: script } = await transform(code, { format: 'iife', globalName: 'page' })
  expect(new Script(`${script}; page.run()`).runInContext(createContext({ atob, TextDecoder }))).toBe(expected)
})
