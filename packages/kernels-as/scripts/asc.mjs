// Compiles AssemblyScript sources to one WebAssembly binary, with the flags every kernel shares.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

export const flags = [
  '-O3',
  '--runtime',
  'stub',
  '--noAssert',
  '--disableWarning',
  '--importMemory',
  '--maximumMemory',
  '65535', // pages of 64 KiB: 4 GiB but for one, so that no address overflows
]

/** Compiles `entry` (relative to the package) and returns the wasm bytes; throws with asc's diagnostics. */
export async function compile(entry, { relaxed = false, threads = false }) {
  const { default: asc } = await import('assemblyscript/asc')
  const files = new Map()
  const args = [
    entry,
    ...flags,
    '--enable',
    'simd',
    ...(relaxed ? ['--enable', 'relaxed-simd'] : []),
    ...(threads ? ['--enable', 'threads', '--sharedMemory'] : []),
    '--outFile',
    'out.wasm',
  ]
  const { error, stderr } = await asc.main(args, {
    readFile: (name, base) => {
      try {
        return readFileSync(resolve(root, base, name), 'utf8')
      } catch {
        return null
      }
    },
    writeFile: (name, contents) => files.set(name, contents),
  })
  const wasm = files.get('out.wasm')
  if (error || !wasm) throw new Error(`asc ${entry} failed:\n${stderr.toString()}${error?.message ?? ''}`)
  return wasm
}
