import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { type BuildResult, build, transform } from 'esbuild'
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
    modules: Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  }
}

/** Runs a bundle that exports `run` where only the language, WebAssembly, `atob` and `TextDecoder` exist. */
const runBare = async ({ code }: Bundle): Promise<unknown> => {
  const script = await transform(code, { format: 'iife', globalName: 'bundle' })
  const context = createContext({ atob, TextDecoder })
  expect(runInContext('[typeof process, typeof require, typeof Buffer]', context).join()).toBe(
    'undefined,undefined,undefined',
  )
  return runInContext(`${script.code}; bundle.run()`, context)
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
      printed: expect.stringContaining('[1, 2, 3]'),
      mistake: expect.stringMatching(/^ShapeError: matmul/),
    })
  })

  it('that imports np alone works, and leaves jit and random out', async () => {
    const small = await bundle(
      "import { np } from '@puregrad/core'; export const run = () => np.sum(np.add(np.array([1, 2, 3]), 1)).item()",
    )
    expect(await runBare(small)).toBe(9)
    expect(whole.modules.some((path) => /\/random\//.test(path))).toBe(true)
    expect(small.modules.filter((path) => /\/random\/|\/transforms\/(grad|jit)\./.test(path))).toEqual([])
    expect(small.code.length).toBeLessThan(whole.code.length)
  })

  it('that imports grad alone gives tensors their operators', async () => {
    const small = await bundle(
      "import { grad } from '@puregrad/core'; export const run = () => grad((x: any) => x.mul(x).add(x))(3).item()",
    )
    expect(await runBare(small)).toBe(7)
  })

  it('that imports checkGrads alone can evaluate', async () => {
    const small = await bundle(
      "import { checkGrads } from '@puregrad/core/testing'; export const run = () => checkGrads((x: any) => x.mul(x), [3])",
    )
    expect(await runBare(small)).toBe(undefined)
  })
})
