import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { primitiveTable } from '@puregrad/core/testing'
import { type BuildResult, build, transform } from 'esbuild'
import ts from 'typescript'
import { beforeAll, describe, expect, it } from 'vitest'
import { report } from './bundle/program.js'

interface Bundle {
  readonly code: string
  /** Modules of which something is left after tree shaking. */
  readonly modules: readonly string[]
}

const here = fileURLToPath(new URL('.', import.meta.url))
const conditions = process.env.PUREGRAD_FROM === 'source' ? ['@puregrad/source', 'module'] : ['module']

/** Bundles a module for browsers. A Node builtin that it needs is an error, since nothing resolves it there. */
const bundle = async (contents: string): Promise<Bundle> => {
  const { outputFiles, metafile }: BuildResult<{ write: false; metafile: true }> = await build({
    stdin: { contents, resolveDir: here, loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
    conditions,
  })
  const [output] = Object.values(metafile.outputs)
  expect(output?.imports).toEqual([])
  return {
    code: outputFiles[0]?.text ?? '',
    modules: Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path] : [],
    ),
  }
}

/** Runs a bundle that exports `run` where only the language, WebAssembly, `atob` and `TextDecoder` exist. */
const runBare = async (bundled: Bundle): Promise<unknown> => (await loadBare(bundled))()

const loadBare = async ({ code }: Bundle): Promise<(argument?: unknown) => unknown> => {
  const script = await transform(code, { format: 'iife', globalName: 'bundle' })
  const context = createContext({ atob, TextDecoder })
  expect(runInContext('[typeof process, typeof require, typeof Buffer]', context).join()).toBe(
    'undefined,undefined,undefined',
  )
  return runInContext(`${script.code}; bundle.run`, context)
}

describe('a bundle for browsers', () => {
  let whole: Bundle
  beforeAll(async () => {
    whole = await bundle("export { report as run } from './bundle/program.js'")
  })

  it('gives the same bits without Node, minified, as the package in Node', async () => {
    const bare = await runBare(whole)
    expect(bare).toBe(report())
    expect(JSON.parse(String(bare))).toMatchObject({
      sorted: 'float32[3] [1., 2., 3.]',
      mistake: expect.stringMatching(/^ShapeError: matmul/),
    })
  })

  it('that imports np alone works, and leaves grad, jit and random out', async () => {
    const small = await bundle(
      "import { np } from '@puregrad/core'; export const run = () => np.sum(np.add(np.array([1, 2, 3]), 1)).item()",
    )
    expect(await runBare(small)).toBe(9)
    const optional = /\/random\/|\/transforms\/(grad|jit)\./
    expect(whole.modules.filter((path) => optional.test(path))).not.toEqual([])
    expect(small.modules.filter((path) => optional.test(path))).toEqual([])
  })

  it('that imports grad alone gives tensors their operators', async () => {
    const small = await bundle(
      "import { grad } from '@puregrad/core'; export const run = () => grad((x: any) => x.mul(x).add(x))(3).item()",
    )
    expect(await runBare(small)).toBe(7)
  })

  it('that reads programs knows every primitive', async () => {
    const small = await bundle(
      "import { programFromJson } from '@puregrad/core'; export const run = (json: unknown) => programFromJson(json)",
    )
    const run = await loadBare(small)
    expect(JSON.stringify(run({ version: 1, inputs: [], equations: [{ primitive: 'none' }], outputs: [] }))).toContain(
      'no primitive \\"none\\"',
    )
    const unknown = [...primitiveTable.keys()].filter((primitive) => {
      const program = {
        version: 1,
        inputs: [],
        equations: [{ primitive, inputs: [], params: {}, outputs: [] }],
        outputs: [],
      }
      return /no primitive/.test(JSON.stringify(run(program)))
    })
    expect(unknown).toEqual([])
  })

  it('that imports checkGrads alone can evaluate', async () => {
    const small = await bundle(
      "import { checkGrads } from '@puregrad/core/testing'; export const run = () => checkGrads((x: any) => x.mul(x), [3])",
    )
    expect(await runBare(small)).toBe(undefined)
  })
})

const packages = ['kernels-as', 'core', 'nn', 'optim', 'formats', 'models', 'train'] as const
type Package = (typeof packages)[number]
const directory = (name: Package): string => join(here, '..', '..', name)

/** `true` for a module that does more when it loads than define names: it calls something, or imports only to load. */
const actsOnLoad = (path: string): boolean =>
  ts
    .createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
    .statements.some(
      (s) =>
        (ts.isImportDeclaration(s) && s.importClause === undefined) ||
        !(
          ts.isImportDeclaration(s) ||
          ts.isExportDeclaration(s) ||
          ts.isVariableStatement(s) ||
          ts.isFunctionDeclaration(s) ||
          ts.isClassDeclaration(s) ||
          ts.isInterfaceDeclaration(s) ||
          ts.isTypeAliasDeclaration(s) ||
          ts.isModuleDeclaration(s)
        ),
    )

const modulesOf = (name: Package): readonly string[] =>
  readdirSync(join(directory(name), 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('generated'))
    .map((path) => `./src/${path.split(sep).join('/')}`)

describe('sideEffects of package.json', () => {
  it.each(packages)('%s: names every module that acts when it loads, as source and as built', (name) => {
    const { sideEffects } = JSON.parse(readFileSync(join(directory(name), 'package.json'), 'utf8')) as {
      readonly sideEffects: false | readonly string[]
    }
    const listed = sideEffects || []
    const sources = modulesOf(name)
    const acting = sources.filter((path) => actsOnLoad(join(directory(name), path)))
    const built = (path: string): string => path.replace(/^\.\/src\/(.*)\.ts$/, './dist/$1.js')
    expect(listed).toEqual(expect.arrayContaining([...acting, ...acting.map(built)]))
    // What is bundled for Node holds modules of both kinds.
    const bundled = acting.length > 0 ? ['./dist/node/*'] : []
    const inSource = listed.filter((path) => path.startsWith('./src/'))
    expect(sources).toEqual(expect.arrayContaining(inSource))
    expect([...listed].sort()).toEqual([...bundled, ...inSource, ...inSource.map(built)].sort())
  })
})
