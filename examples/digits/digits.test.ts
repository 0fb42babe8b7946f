import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeIdx, strokeDigits } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { figure, figuresAt, resultsOf, shortRun } from '../runner/short-run.js'
import { example } from './example.js'
import { type Options, readOptions } from './start-options.js'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'puregrad-digits-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const short = ['--epochs', '3', '--batch', '50', '--limit', '400']

/** @throws if tags do not close in the order in which they open */
const expectSvg = (text: string): void => {
  expect(text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /)
  const open: string[] = []
  for (const [, end, name, alone] of text.matchAll(/<(\/?)([a-z]+)(?:\s+[a-z-]+="[^"<]*")*(\/?)>/gi)) {
    if (end === '/') expect(open.pop()).toBe(name)
    else if (alone !== '/') open.push(name as string)
  }
  expect(open).toEqual([])
  expect(text.replaceAll(/<(\/?)([a-z]+)(?:\s+[a-z-]+="[^"<]*")*(\/?)>/gi, '')).not.toMatch(/[<>]/)
}

const writeMnist = async (swapped: boolean): Promise<string> => {
  const { train, test } = strokeDigits({ train: 300, test: 100 })
  const files = {
    'train-images-idx3-ubyte': encodeIdx(
      swapped ? { shape: [300], data: train.labels } : { shape: train.shape, data: train.images },
    ),
    'train-labels-idx1-ubyte': encodeIdx({ shape: [300], data: train.labels }),
    't10k-images-idx3-ubyte': encodeIdx({ shape: test.shape, data: test.images }),
    't10k-labels-idx1-ubyte': encodeIdx({ shape: [100], data: test.labels }),
  }
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(directory, name), bytes)
  return directory
}

describe('digits', () => {
  it('learns, tells so, and draws what it did', async () => {
    const run = await shortRun(example, short)
    const { figures, plots, settings, data } = resultsOf(run)
    const losses = figuresAt(figures, 'trainingLoss')
    expect(losses).toHaveLength(3)
    expect(losses[2]).toBeLessThan((losses[0] as number) * 0.8)
    expect(figure(figures, 'accuracy')).toBeGreaterThan(0.4)
    expect(figuresAt(figures, 'validationAccuracy')[2]).toBe(figure(figures, 'accuracy'))
    expect(settings).toEqual({ epochs: 3, batch: 50, limit: 400 })
    expect(data.kind).toBe('stand-in')
    expect(run.text).toContain('Parameters: 669,706')
    expect(run.text).toMatch(
      /Epoch 3\/3 {2}loss [\d.]+ {2}accuracy [\d.]+ {2}validation loss [\d.]+ {2}validation accuracy [\d.]+/,
    )
    expect(run.text).toMatch(/Test loss: \d\.\d{4}\nTest accuracy: 0\.\d{4}\n/)
    expect(plots).toEqual(['curves.svg', 'digits.svg'])
    for (const name of plots) expectSvg(run.files[name] ?? '')
    expect(run.files['digits.svg']?.match(/<image /g)).toHaveLength(100)
  })

  it('gives the same bits for the same seed, and others for another', async () => {
    const figures = async (seed: string) => {
      const args = ['--epochs', '1', '--batch', '50', '--limit', '400', '--seed', seed]
      return resultsOf(await shortRun(example, args)).figures
    }
    const [a, b, c] = [await figures('0'), await figures('0'), await figures('1')]
    expect(a.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(b).toEqual(a)
    expect(c.fingerprint).not.toBe(a.fingerprint)
  })

  it('reads MNIST files', async () => {
    const folder = await writeMnist(false)
    const run = await shortRun(example, ['--epochs', '1', '--data', folder])
    expect(run.text).toContain(`Data: 300 images to train on, 100 to test on, ${folder}`)
    expect(resultsOf(run).data).toEqual({ kind: 'files', what: 'MNIST', folder })
  })
})

describe('readOptions', () => {
  it('has the course as default', () => {
    expect(readOptions([], {})).toEqual(
      E.right({ data: undefined, epochs: 5, batch: 128, seed: 0, out: 'out', limit: undefined }),
    )
  })

  it('takes the data from the flag, or from PUREGRAD_DATA', () => {
    const dataOf = (args: readonly string[]) =>
      E.map((o: Options | 'help') => o !== 'help' && o.data)(readOptions(args, { PUREGRAD_DATA: 'b' }))
    expect(dataOf(['--data', 'a'])).toEqual(E.right('a'))
    expect(dataOf([])).toEqual(E.right('b'))
  })

  it('says what is wrong', () => {
    expect(readOptions(['--epochs', 'many'], {})).toEqual(E.left('--epochs many: expected a whole number from 1 up.'))
    expect(readOptions(['--batch', '0'], {})).toEqual(E.left('--batch 0: expected a whole number from 1 up.'))
    expect(E.isLeft(readOptions(['--epoch', '3'], {}))).toBe(true)
    expect(readOptions(['--help'], {})).toEqual(E.right('help'))
  })
})

describe('npm start', () => {
  const main = fileURLToPath(new URL('./start.ts', import.meta.url))

  /** Runs the script; `onOutput` sees all text so far and may send a signal. */
  const start = (
    args: readonly string[],
    onOutput: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
  ) =>
    new Promise<{
      readonly code: number | null
      readonly signal: string | null
      readonly out: string
      readonly error: string
    }>((resolve) => {
      const conditions = process.env.PUREGRAD_FROM === 'source' ? ['--conditions=@puregrad/source'] : []
      const { PUREGRAD_DATA: _, ...env } = process.env
      const child = spawn(process.execPath, [...conditions, '--import', 'tsx', main, ...args], {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
        env,
      })
      let [out, error] = ['', '']
      child.stdout.on('data', (chunk) => {
        out += String(chunk)
        onOutput(out, (signal) => child.kill(signal))
      })
      child.stderr.on('data', (chunk) => {
        error += String(chunk)
      })
      child.on('close', (code, signal) => resolve({ code, signal, out, error }))
    })

  it('trains and says where the plots are', async () => {
    const { code, out } = await start(['--limit', '300', '--epochs', '2', '--batch', '50', '--out', directory])
    expect(code).toBe(0)
    expect(out).toContain('669,706')
    expect(out).toMatch(/Epoch 2\/2 {2}loss/)
    expect(out).toMatch(/Test loss: \d\.\d{4}\nTest accuracy: 0\.\d{4}\n/)
    for (const name of ['curves.svg', 'digits.svg']) {
      expect(out).toContain(join(directory, name))
      expectSvg(await readFile(join(directory, name), 'utf8'))
    }
  })

  it('fails with the name of the file whose magic number is wrong', async () => {
    const { code, out, error } = await start(['--data', await writeMnist(true), '--out', directory])
    expect(code).toBe(1)
    expect(out).not.toContain('Epoch')
    expect(error).toMatch(/train-images-idx3-ubyte: expected magic 2051 \(images\), found magic 2049 \(labels\)/)
  })

  it('fails with its usage for a flag that it does not know', async () => {
    const { code, error } = await start(['--epoks', '3'])
    expect(code).toBe(1)
    expect(error).toContain('--epochs N')
  })

  it('ends cleanly on Ctrl-C, with the history so far', async () => {
    let sent = false
    const args = ['--limit', '500', '--epochs', '5000', '--out', directory]
    const { code, signal, out } = await start(args, (text, kill) => {
      if (sent || !text.includes('Epoch 2/5000')) return
      sent = true
      kill('SIGINT')
    })
    expect(signal).toBeNull()
    expect(code).toBe(0)
    const [, epoch] = /Stopped in epoch (\d+) of 5000/.exec(out) ?? []
    expect(Number(epoch)).toBeGreaterThanOrEqual(2)
    expect(out).toContain('Test accuracy: ')
    expectSvg(await readFile(join(directory, 'curves.svg'), 'utf8'))
  })
})
