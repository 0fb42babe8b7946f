import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import * as inNode from '@puregrad/train'
import * as node from '@puregrad/train/node'
import { type BuildResult, build } from 'esbuild'
import { encode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { type Given, report } from './page-program.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const conditions = process.env.PUREGRAD_FROM === 'source' ? ['@puregrad/source', 'module'] : ['module']

/** Bundles a module for browsers. A module of Node's that it needs is an error, since nothing resolves it there. */
const bundle = async (contents: string): Promise<BuildResult<{ write: false; metafile: true }>> =>
  build({
    stdin: { contents, resolveDir: here, loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'bundle',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
    conditions,
  })

/** What a page has, and nothing of Node. */
const pageGlobals = {
  AbortController,
  MessageChannel,
  TextDecoder,
  TextEncoder,
  atob,
  btoa,
  performance,
} as const

const run = async (contents: string, given?: unknown): Promise<unknown> => {
  const { outputFiles } = await bundle(contents)
  const context = createContext({ ...pageGlobals })
  expect(runInContext('[typeof process, typeof require, typeof Buffer]', context).join()).toBe(
    'undefined,undefined,undefined',
  )
  const page = runInContext(`${outputFiles[0]?.text}; bundle.run`, context) as (given: unknown) => unknown
  return page(given)
}

const [jpeg] = JSON.parse(
  readFileSync(new URL('../../formats/test/fixtures/jpeg.json', import.meta.url), 'utf8'),
) as readonly [{ readonly file: string }]

const given: Given = {
  png: Buffer.from(
    encode({ width: 3, height: 2, channels: 3, depth: 8, data: Uint8Array.from({ length: 18 }, (_, i) => 14 * i) }),
  ).toString('base64'),
  jpeg: jpeg.file,
}

describe('@puregrad/train in a page', () => {
  it('trains, evaluates and decodes where nothing of Node is, to the bits of Node', async () => {
    const [ours, theirs] = [await report(given), await run("export { report as run } from './page-program.js'", given)]
    expect(theirs).toBe(ours)
    expect(ours).toContain('CheckpointError')
    expect(ours).toContain('run/step-000000010.ckpt')
    const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern)
    const { png, jpeg: photograph, broken, elsewhere } = JSON.parse(ours)
    expect(elsewhere).toEqual([png, photograph, broken])
    expect(JSON.parse(ours)).toMatchObject({
      png: matching(/"Right".*"shape":\[2,3,3\]/),
      jpeg: matching(/"Right".*"shape":\[9,11,1\]/),
      broken: expect.stringContaining('"Left"'),
      csv: matching(/"Right".*y, z/),
      reason: expect.stringContaining('earlyStopping'),
    })
  })

  it('has the names of Node but for those that touch files and the terminal', async () => {
    const names = `import * as train from '@puregrad/train'
const below = (x) => Object.entries(x).map(([name, value]) => name)
export const run = () => JSON.stringify([below(train), below(train.data), below(train.weights)])`
    const [page, data, weights] = JSON.parse(String(await run(names))) as readonly string[][]
    const more = (all: object, fewer: readonly string[] = []) => {
      expect(Object.keys(all)).toEqual(expect.arrayContaining([...fewer]))
      return Object.keys(all).filter((name) => !fewer.includes(name))
    }
    expect(more(inNode, page).sort()).toEqual([
      'listCheckpoints',
      'loadBest',
      'loadCheckpoint',
      'loadLatest',
      'loadLatestSession',
      'loadMnist',
      'loadSession',
      'nodeHost',
      'progressBar',
      'saveCheckpoint',
      'saveInFolder',
      'saveSession',
    ])
    expect(more(inNode.data, data).sort()).toEqual([
      'cifar10Files',
      'fromImageFolder',
      'imageLoader',
      'listImageFolder',
      'loadCifar10',
      'loadImage',
      'loadImageFolder',
      'readBytes',
      'readFileAs',
    ])
    expect(more(inNode.weights, weights)).toEqual(['loadTfjs', 'loadWeights'])
  })

  it('cannot be bundled with what Node has more, which says so', async () => {
    await expect(bundle("export * from '@puregrad/train/node'")).rejects.toThrow(/node:fs/)
  })
})

describe('workers that decode', () => {
  it('start from a program that is one file', async () => {
    const contents = `import { threads } from '../src/node/threads.js'
import { decoderProgram } from '../src/data/decoding/decoder.generated.js'
import { poolOf } from '../src/data/decoding/pool.js'
const bytes = Uint8Array.from(Buffer.from(process.argv[2], 'base64'))
poolOf(threads, decoderProgram, 1)({ input: bytes, options: { file: 'a.png' } }).then((image) => console.log(JSON.stringify(image?.shape)))`
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: here, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
    })
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', outputFiles[0]?.text ?? '', '-', given.png])
    expect(stdout).toBe('[2,3,3]\n')
  })
})

describe('@puregrad/train in Node', () => {
  it('is @puregrad/train/node', () => {
    expect(Object.fromEntries(Object.entries(inNode))).toEqual(Object.fromEntries(Object.entries(node)))
    expect(inNode.fit).toBe(node.fit)
  })
})
