import { join, resolve } from 'node:path'
import type { Progress } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { type Context, defineExample, type Example } from './example.js'
import { problemsOf } from './results.js'
import { memoryHost, resultsOf, shortRun } from './short-run.js'

const exampleOf = (run: (context: Context) => Promise<object>, data: Example['data'] = null): Example =>
  defineExample({
    name: 'count',
    title: 'Counting',
    description: 'counts',
    data,
    settings: { to: { default: 3, description: 'how far' } },
    run: async (context: Context) =>
      E.right({ data: { kind: 'none' }, figures: { done: true, ...(await run(context)) } }),
  })

/** A clock that moves by what trainings take, and signals that come with it. */
const clock = () => {
  let time = 0
  const waiting: { readonly at: number; readonly stop: AbortController }[] = []
  return {
    now: () => time,
    pass: (milliseconds: number): void => {
      time += milliseconds
      for (const { at, stop } of waiting) if (at <= time) stop.abort()
    },
    after: (milliseconds: number): AbortSignal => {
      const stop = new AbortController()
      waiting.push({ at: time + milliseconds, stop })
      return stop.signal
    },
  }
}

describe('results', () => {
  it('say what was given, what came out, and what it ran on', async () => {
    const run = await shortRun(
      exampleOf(async ({ settings, seed, plot }) => {
        await plot('line.svg', '<svg/>')
        return { sum: (settings.to ?? 0) + seed, list: [1, 2.5], none: Number.NaN }
      }),
      ['--to', '4', '--seed', '5'],
    )
    expect(run.code).toBe(0)
    const results = resultsOf(run)
    expect(results).toMatchObject({
      example: 'count',
      title: 'Counting',
      figures: { done: true, sum: 9, list: [1, 2.5], none: null },
      seed: 5,
      settings: { to: 4 },
      minutes: null,
      stopped: null,
      data: { kind: 'none' },
      plots: ['line.svg'],
      platform: { system: process.platform, architecture: process.arch },
      versions: { node: process.version },
    })
    expect(results.versions.packages['@puregrad/core']).toMatch(/^\d+\.\d+\.\d+/)
    expect(run.files['results.json']).toContain('"list": [ 1, 2.5 ]')
    expect(run.text).toContain(`Wrote ${resolve(join('out', 'count', 'line.svg'))}\n`)
    expect(run.text).toContain(`Wrote ${resolve(join('out', 'count', 'results.json'))}\n`)
  })

  it('have a schema that tells what is wrong', async () => {
    const { minutes, ...results } = resultsOf(await shortRun(exampleOf(async () => ({}))))
    expect(problemsOf({ ...results, minutes })).toEqual([])
    expect(problemsOf(results)).toEqual(['minutes: missing'])
    expect(problemsOf({ ...results, minutes: 0, more: 1 })).toEqual(['minutes: 0', 'more: no part of results'])
    expect(problemsOf({ ...results, minutes, data: { kind: 'files', what: 'x' } })).toHaveLength(1)
    expect(problemsOf(null)).toHaveLength(1)
  })
})

describe('--minutes', () => {
  it('is shared equally among what is still to be trained, and said to be spent', async () => {
    const time = clock()
    const shares: number[] = []
    const run = await shortRun(
      exampleOf(async ({ each }) => {
        await each(['a', 'b', 'c'], async (item, signal) => {
          let took = 0
          // The second one is done after ten seconds; what it leaves is for the third.
          while (!signal.aborted && !(item === 'b' && took === 10)) {
            time.pass(1000)
            took++
          }
          shares.push(took)
        })
        return {}
      }),
      ['--minutes', '1'],
      time,
    )
    expect(shares).toEqual([20, 10, 30])
    expect(resultsOf(run)).toMatchObject({ minutes: 1, stopped: 'minutes', seconds: 60 })
    expect(run.text).toContain('Stopped after 1 minute of training.')
  })

  it('leaves no training out, however little there is', async () => {
    const time = clock()
    const trained: string[] = []
    const run = await shortRun(
      exampleOf(async ({ once, each }) => {
        const train = async (name: string): Promise<void> => {
          trained.push(name)
          time.pass(90_000)
        }
        await once(() => train('first'), 3)
        await each(['a', 'b'], train)
        return {}
      }),
      ['--minutes', '1'],
      time,
    )
    expect(trained).toEqual(['first', 'a', 'b'])
    expect(resultsOf(run).stopped).toBe('minutes')
  })

  it('is not said to be spent if everything came to its end', async () => {
    const time = clock()
    const run = await shortRun(
      exampleOf(async ({ once }) => ({ sum: await once(async () => 1) })),
      ['--minutes', '1'],
      time,
    )
    expect(resultsOf(run)).toMatchObject({ minutes: 1, stopped: null })
  })
})

describe('Ctrl-C', () => {
  it('ends the training under way, leaves out the others, and tells what there is', async () => {
    const stop = new AbortController()
    const run = await shortRun(
      exampleOf(async ({ each, plot }) => {
        const done = await each(['a', 'b', 'c'], async (item, signal) => {
          if (item === 'b') stop.abort()
          return `${item}${signal.aborted ? ' stopped' : ''}`
        })
        await plot('line.svg', '<svg/>')
        return { done }
      }),
      [],
      { interruption: stop.signal },
    )
    expect(run.code).toBe(130)
    expect(resultsOf(run)).toMatchObject({ stopped: 'interrupted', figures: { done: ['a', 'b stopped'] } })
    expect(Object.keys(run.files)).toEqual(['line.svg', 'results.json'])
  })

  it('before anything was learnt leaves nothing to tell', async () => {
    for (const train of [
      async ({ each }: Context) => each([1], async (x) => x),
      async ({ once }: Context) => ({ x: await once(async () => 1) }),
    ]) {
      const run = await shortRun(exampleOf(train), [], { interruption: AbortSignal.abort() })
      expect(run).toMatchObject({ code: 130, files: {}, errors: 'Stopped before anything was learnt.\n' })
    }
  })
})

describe('data', () => {
  const known = { files: 'DIR/numbers', standIn: 'fingers' }

  it('that is nowhere is an error that says what was looked for', async () => {
    const run = await shortRun(
      exampleOf(async () => ({}), known),
      ['--data', 'nowhere'],
      { isFolder: async () => false },
    )
    expect(run).toMatchObject({ code: 1, files: {} })
    expect(run.errors).toContain('There is no folder nowhere. Give --data or PUREGRAD_DATA one with DIR/numbers')
  })

  it('is not looked for by an example that needs none', async () => {
    const run = await shortRun(
      exampleOf(async ({ data }) => ({ given: data ?? null })),
      ['--data', 'nowhere'],
      { isFolder: async () => false },
    )
    expect(resultsOf(run).figures.given).toBeNull()
  })

  it('that is wrong is told, with exit code 1', async () => {
    const wrong = { ...exampleOf(async () => ({}), known), run: async () => E.left('DIR/numbers, row 2: no number') }
    expect(await shortRun(wrong)).toMatchObject({ code: 1, files: {}, errors: 'DIR/numbers, row 2: no number\n' })
  })
})

describe('progress', () => {
  it('has a line for the last epoch, and for those that take a while', () => {
    const time = clock()
    const lines: string[] = []
    let name = ''
    const progress: Progress = {
      begin: (given, steps) => {
        name = `${given}, ${steps} steps`
      },
      step: () => {},
      end: () => void lines.push(name),
      stop: () => {},
    }
    return shortRun(
      exampleOf(async (context) => {
        const shown = context.progress('network', 4)
        for (const seconds of [0.2, 1.5, 0.1, 0.1]) {
          shown.begin('Epoch', 7)
          time.pass(1000 * seconds)
          shown.end()
        }
        return {}
      }),
      [],
      { ...time, progress: () => progress },
    ).then(() => expect(lines).toEqual(['network 2/4, 7 steps', 'network 4/4, 7 steps']))
  })
})

it('what is thrown inside an example is thrown', async () => {
  const { host } = memoryHost()
  const broken = exampleOf(async () => {
    throw new Error('broken')
  })
  await expect(shortRun(broken, [], host)).rejects.toThrow('broken')
})
