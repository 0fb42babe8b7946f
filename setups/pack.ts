/** Packs the packages once for all set-ups, as npm publishes them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the archive of each package is. */
    readonly archives: Readonly<Record<string, string>>
  }
}

const packages = ['kernels-as', 'core', 'nn', 'optim', 'formats', 'models', 'train'] as const

export default ({ provide }: TestProject): (() => void) => {
  const directory = mkdtempSync(join(tmpdir(), 'puregrad-packs-'))
  const pack = (name: string): string => {
    const cwd = fileURLToPath(new URL(`../packages/${name}`, import.meta.url))
    const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', directory], { cwd })
    const [{ filename }] = JSON.parse(String(said)) as readonly [{ readonly filename: string }]
    return join(directory, filename)
  }
  provide('archives', Object.fromEntries(packages.map((name) => [name, pack(name)])))
  return () => rmSync(directory, { recursive: true, force: true })
}
