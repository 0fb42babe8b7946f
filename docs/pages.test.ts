/** The pages: their code blocks type-check and run, what their comments say is so, and their links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { encode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { exampleNames } from '../examples/runner/folders.js'
import { runExample, scopeFor } from './harness/run-example.js'
import { typeErrors } from './harness/type-check.js'

const root = join(import.meta.dirname, '..')
const read = (page: string): string => readFileSync(join(root, page), 'utf8')

/** The code blocks of a page, which are one program. */
const programOf = (page: string): string =>
  [...read(page).matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code as string).join('\n')

/** What pages import from elsewhere than our packages. */
const imported = { mkdtemp, readFile, writeFile, tmpdir, join, encode }

const packages = ['core', 'nn', 'optim', 'formats', 'models', 'train'].map((name) => `packages/${name}/README.md`)

const programs = ['tour', 'sharp-bits', 'compiler', 'models', 'detector', 'translation', 'gan'].map(
  (name) => `docs/${name}.md`,
)

describe.each(['README.md', ...programs, ...packages])('%s', (page) => {
  it('is a program', () => expect(programOf(page).length).toBeGreaterThan(100))

  it('type-checks', () => expect(typeErrors([programOf(page)])).toEqual([[]]))

  it('runs, and its comments are true', () => runExample(programOf(page), scopeFor('core', imported)))
})

const notes = readdirSync(join(root, 'docs/notes')).map((name) => `docs/notes/${name}`)
const examples = ['examples/README.md', ...exampleNames.map((name) => `examples/${name}/README.md`)]
const pages = [
  ...packages,
  ...examples,
  'README.md',
  'CHANGELOG.md',
  'docs/README.md',
  'docs/tour.md',
  'docs/sharp-bits.md',
  'docs/setups.md',
  'docs/compiler.md',
  'docs/models.md',
  'docs/detector.md',
  'docs/translation.md',
  'docs/gan.md',
  'docs/accuracy.md',
  'docs/benchmarks.md',
  ...notes,
]

/** The anchors that a page's headings have on GitHub. */
const anchorsOf = (page: string): readonly string[] =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

const isDead = (page: string, link: string): boolean => {
  if (/^https?:/.test(link)) return false
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  return !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
}

describe('links', () => {
  it.each(pages)('of %s lead somewhere', (page) => {
    const prose = read(page).replace(/^```[\s\S]*?^```/gm, '')
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link as string)
    expect(links.filter((link) => isDead(page, link))).toEqual([])
  })

  it('of docs/README.md name every note', () => {
    const index = read('docs/README.md')
    expect(notes.filter((note) => !index.includes(`(${note.replace('docs/', '')})`))).toEqual([])
  })
})
