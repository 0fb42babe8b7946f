import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeCheckpoint, loadCheckpoint } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { problemsOf, type Results } from '../runner/results.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregrad-resume-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Run {
  readonly text: string
  readonly code: number | null
  readonly signal: string | null
}

/** Runs the example; `onOutput` sees all text so far and may kill it. */
const run = (out: string, onOutput: (text: string, child: ChildProcess) => void = () => {}, epochs = 3): Promise<Run> =>
  new Promise((resolve) => {
    const conditions = process.env.PUREGRAD_FROM === 'source' ? ['--conditions=@puregrad/source'] : []
    const main = fileURLToPath(new URL('../runner/main.ts', import.meta.url))
    const args = ['resume', '--out', join(folder, out), '--epochs', String(epochs), '--images', '900']
    const child = spawn(process.execPath, [...conditions, '--import', 'tsx', main, ...args], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    })
    let text = ''
    const hear = (chunk: unknown): void => {
      text += String(chunk)
      onOutput(text, child)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('close', (code, signal) => resolve({ text, code, signal }))
  })

/** Kills it as soon as it says this. */
const killAt = (line: string) => (text: string, child: ChildProcess) => {
  if (text.includes(line)) child.kill('SIGKILL')
}

const fingerprintOf = ({ text }: Run): string | undefined => /^Fingerprint ([0-9a-f]{64})$/m.exec(text)?.[1]
const read = (out: string, name: string): Promise<string> => readFile(join(folder, out, 'resume', name), 'utf8')

describe('a training that is killed in mid-epoch, twice', () => {
  it('ends with the bits, the log and the best model of one that was not', async () => {
    const unbroken = await run('unbroken')
    expect(unbroken).toMatchObject({ code: 0 })
    expect(unbroken.text).toContain('Starts anew.')
    expect(fingerprintOf(unbroken)).toBeDefined()

    const first = await run('broken', killAt('epoch 2 step 12/29'))
    expect(first.signal).toBe('SIGKILL')
    const second = await run('broken', killAt('epoch 3 step 20/29'))
    expect(second.signal).toBe('SIGKILL')
    expect(second.text).toMatch(/Resumes in epoch 2 after step ([1-9]|1\d|2[0-8])\./)
    const third = await run('broken')
    expect(third).toMatchObject({ code: 0 })
    expect(third.text).toMatch(/Resumes in epoch 3 after step ([1-9]|1\d|2[0-8])\./)

    expect(fingerprintOf(third)).toBe(fingerprintOf(unbroken))
    const figuresOf = async (out: string): Promise<unknown> => {
      const results = JSON.parse(await read(out, 'results.json')) as Results
      expect(problemsOf(results)).toEqual([])
      return results.figures
    }
    expect(await figuresOf('broken')).toEqual(await figuresOf('unbroken'))
    expect(await read('broken', 'log.csv')).toBe(await read('unbroken', 'log.csv'))
    const [a, b] = await Promise.all(
      ['broken', 'unbroken'].map((name) => loadCheckpoint(join(folder, name, 'resume', 'sessions', 'best.ckpt'))()),
    )
    if (a === undefined || b === undefined || E.isLeft(a) || E.isLeft(b)) throw new Error('There is no best session.')
    const paramsOf = ({ tree }: { readonly tree: unknown }) =>
      Buffer.from(encodeCheckpoint((tree as { readonly params: unknown }).params)).toString('hex')
    expect(paramsOf(a.right)).toBe(paramsOf(b.right))
  })

  it('learns', async () => {
    const csv = (await read('unbroken', 'log.csv')).trim().split('\n')
    const [head = '', ...rows] = csv
    const loss = head.split(',').indexOf('validation loss')
    const losses = rows.map((row) => Number(row.split(',')[loss]))
    expect(losses).toHaveLength(3)
    expect(losses[2]).toBeLessThan((losses[0] as number) * 0.7)
    expect(await read('unbroken', 'curves.svg')).toMatch(/^<svg /)
  })
})
