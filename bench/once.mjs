/** What happens once a process: the first result after import, the first step of training, and the memory that training takes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startContestant } from './harness/contestant.mjs'
import { writeInputs } from './harness/inputs.mjs'
import { median } from './harness/statistics.mjs'
import { rows } from './rows.mjs'

export const trainingSteps = 100
const steadyMilliseconds = 400

/** Runs `measure` in a fresh process. */
const fresh = async (how, measure) => {
  const contestant = startContestant(how)
  try {
    return await measure(contestant.ask)
  } finally {
    contestant.end()
  }
}

const measures = {
  coldStart: (how) => fresh(how, async (ask) => (await ask('coldStart')).milliseconds),
  /** The first step less a steady one: tracing and compiling, where there is any. */
  compile: (how, row) =>
    fresh(how, async (ask) => {
      const { first } = await ask('prepare', row)
      if (first === undefined) return undefined
      const { samples } = await ask('time', { milliseconds: steadyMilliseconds })
      return first - median(samples.slice(samples.length >> 1))
    }),
  peakBytes: (how, row) =>
    fresh(how, async (ask) => {
      if ((await ask('prepare', row)).first === undefined) return undefined
      await ask('repeat', { count: trainingSteps })
      return (await ask('peakBytes')).bytes
    }),
}

/** @returns medians over fresh processes: `{ coldStart: { [contestant]: number }, compile, peakBytes }` */
export const measureOnce = async (contestants, processes, say) => {
  const directory = mkdtempSync(join(tmpdir(), 'puregrad-bench-'))
  const mlp = rows.find(({ id }) => id === 'mlp')
  const row = { id: mlp.id, inputs: writeInputs(mlp, directory) }
  const results = {}
  try {
    for (const [measure, run] of Object.entries(measures)) {
      const figures = new Map()
      const rounds = measure === 'peakBytes' ? 1 : processes
      for (let round = 0; round < rounds; round++) {
        for (const [name, how] of Object.entries(contestants)) {
          const value = await run(how, row)
          if (value !== undefined) figures.set(name, [...(figures.get(name) ?? []), value])
        }
      }
      results[measure] = Object.fromEntries([...figures].map(([name, values]) => [name, median(values)]))
      say(`${measure}: ${JSON.stringify(results[measure])}`)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
  return results
}
