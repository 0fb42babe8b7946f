/** The world as Node knows it: the terminal, the disk, the clock, Ctrl-C. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, rename, stat, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { progressBar } from '@puregrad/train/node'
import type { Surroundings } from './results.js'
import type { Host } from './run.js'

const packages = join(import.meta.dirname, '../../packages')

const versionOf = (name: string): readonly [string, string] => {
  const manifest = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly version: string
  }
  return [manifest.name, manifest.version]
}

/** Versions and machine of this process. */
export const surroundings = (): Surroundings => ({
  versions: {
    node: process.version,
    packages: Object.fromEntries(readdirSync(packages).sort().map(versionOf)),
  },
  platform: {
    system: process.platform,
    architecture: process.arch,
    processor: cpus()[0]?.model.trim() || 'unknown',
    cores: cpus().length,
  },
})

const write = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  const unfinished = `${path}.${process.pid}`
  await writeFile(unfinished, text)
  await rename(unfinished, path)
}

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

/** This process as a host. The first Ctrl-C ends the training with what was learnt so far, a second one the program. */
export const nodeHost = (): Host => {
  const interruption = new AbortController()
  process.once('SIGINT', () => {
    interruption.abort()
    process.once('SIGINT', () => process.exit(130))
  })
  return {
    print: console.log,
    printPart: (text) => void process.stdout.write(text),
    fail: console.error,
    progress: () => progressBar({ stream: process.stdout }),
    now: () => performance.now(),
    after: (milliseconds) => AbortSignal.timeout(Math.ceil(milliseconds)),
    interruption: interruption.signal,
    isFolder,
    write,
    surroundings: surroundings(),
  }
}
