/** The runner as a user meets it: words in, text, files and an exit code out. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleNames, loadExample } from './folders.js'
import { problemsOf, type Results } from './results.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregrad-runner-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

const start = (args: readonly string[], onOutput: (text: string, interrupt: () => void) => void = () => {}) =>
  new Promise<Ended>((resolve) => {
    const conditions = process.env.PUREGRAD_FROM === 'source' ? ['--conditions=@puregrad/source'] : []
    const { PUREGRAD_DATA: _, ...env } = process.env
    const main = join(import.meta.dirname, 'main.ts')
    const child = spawn(process.execPath, [...conditions, '--import', 'tsx', main, ...args], { env })
    let [out, error] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += String(chunk)
      onOutput(out, () => child.kill('SIGINT'))
    })
    child.stderr.on('data', (chunk) => {
      error += String(chunk)
    })
    child.on('close', (code) => resolve({ code, out, error }))
  })

const resultsIn = async (out: string, name: string): Promise<Results> =>
  JSON.parse(await readFile(join(folder, out, name, 'results.json'), 'utf8')) as Results

describe('examples', () => {
  it.each(exampleNames)('%s has a README that says its command, a short test, and its folder as name', async (name) => {
    const { name: own, description, settings } = await loadExample(name)
    const home = join(import.meta.dirname, '..', name)
    const readme = await readFile(join(home, 'README.md'), 'utf8')
    expect(own).toBe(name)
    expect(description).not.toContain('\n')
    expect(readme).toContain(`npm run example -- ${name}`)
    for (const setting of Object.keys(settings)) expect(readme).toContain(`--${setting}`)
    expect((await readdir(home)).filter((file) => file.endsWith('.test.ts'))).not.toEqual([])
  })
})

describe('npm run example', { timeout: 180_000 }, () => {
  it('lists all examples', async () => {
    const { code, out } = await start([])
    expect(code).toBe(0)
    for (const name of exampleNames) expect(out).toContain(`\n  ${name} `)
  })

  it('knows what was meant', async () => {
    expect(await start(['digit'])).toMatchObject({
      code: 2,
      out: '',
      error: expect.stringContaining("There is no example 'digit'. Did you mean digits?"),
    })
    expect(await start(['digits', '--epoch', '3'])).toMatchObject({
      code: 2,
      out: '',
      error: expect.stringContaining('Did you mean --epochs?'),
    })
  })

  it('says where data is missing', async () => {
    const { code, error } = await start(['digits', '--data', folder])
    expect(code).toBe(1)
    expect(error).toContain(folder)
    expect(error).toContain('train-images-idx3-ubyte')
  })

  it('writes plots and results, the same figures for the same seed', async () => {
    const args = ['logistic-regression', '--epochs', '2', '--seed', '3', '--out']
    const ended = await start([...args, join(folder, 'a')])
    expect(ended).toMatchObject({ code: 0, error: '' })
    await start([...args, join(folder, 'b')])
    const [a, b] = [await resultsIn('a', 'logistic-regression'), await resultsIn('b', 'logistic-regression')]
    expect(problemsOf(a)).toEqual([])
    expect(a.figures).toEqual(b.figures)
    expect(existsSync(join(folder, 'a', 'logistic-regression', 'blobs.svg'))).toBe(true)
    expect(ended.out).toMatch(/blobs adam 2\/2 {2}loss/)
  })

  it('ends on time', async () => {
    const out = join(folder, 'minutes')
    const { code } = await start(['digits', '--limit', '300', '--epochs', '1000000', '--minutes', '0.05', '--out', out])
    expect(code).toBe(0)
    const results = await resultsIn('minutes', 'digits')
    expect(problemsOf(results)).toEqual([])
    expect(results).toMatchObject({ minutes: 0.05, stopped: 'minutes' })
  })

  it('on Ctrl-C leaves what was learnt so far, and exit code 130', async () => {
    let sent = false
    const args = ['digits', '--limit', '300', '--epochs', '1000000', '--out', join(folder, 'stopped')]
    const { code, out } = await start(args, (text, interrupt) => {
      if (sent || !/^Epoch \d+\/1000000/m.test(text)) return
      sent = true
      interrupt()
    })
    expect(code).toBe(130)
    expect(out).toContain('Test accuracy: ')
    const results = await resultsIn('stopped', 'digits')
    expect(problemsOf(results)).toEqual([])
    expect(results.stopped).toBe('interrupted')
    expect(await readdir(join(folder, 'stopped', 'digits'))).toEqual(['curves.svg', 'digits.svg', 'results.json'])
  })
})
