/** The sources of the packages: which files there are, and what their comments give as examples. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const packagesFolder = join(import.meta.dirname, '..', '..', 'packages')

/** Paths below the package's `src`, tests left out. */
export const sourcesOf = (packageName: string): readonly string[] => {
  const src = join(packagesFolder, packageName, 'src')
  const below = (directory: string): readonly string[] =>
    readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) return entry.name === 'generated' ? [] : below(path)
      return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') ? [relative(src, path)] : []
    })
  return below(src)
}

/** What a source file exports, from where the other packages import it: `dist`, or `src` with PUREGRAD_FROM=source. */
export const exportsOf = async (packageName: string, path: string): Promise<Readonly<Record<string, unknown>>> =>
  (await import(
    process.env.PUREGRAD_FROM === 'source'
      ? join(packagesFolder, packageName, 'src', path)
      : join(packagesFolder, packageName, 'dist', path.replace(/\.ts$/, '.js'))
  )) as Readonly<Record<string, unknown>>

export interface Example {
  readonly line: number
  readonly code: string
}

/** The text of each `@example` of a file, up to the next tag. */
export const examplesIn = (packageName: string, path: string): readonly Example[] => {
  const text = readFileSync(join(packagesFolder, packageName, 'src', path), 'utf8')
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: comment, index }) => {
    const lines = comment.split('\n').map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, '').replace(/\s*\*\/$/, ''))
    const start = text.slice(0, index).split('\n').length
    return lines.flatMap((line, i): readonly Example[] => {
      const at = line.indexOf('@example')
      if (at === -1) return []
      const rest = lines.slice(i + 1)
      const end = rest.findIndex((l) => /^@\w/.test(l))
      const code = [line.slice(at + '@example'.length), ...(end === -1 ? rest : rest.slice(0, end))].join('\n').trim()
      return [{ line: start + i, code: code.replace(/^```\w*\n?|```$/g, '') }]
    })
  })
}
