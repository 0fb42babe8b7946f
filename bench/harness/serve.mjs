/**
 * A contestant's side: answers requests, one JSON a line, from standard input on file descriptor 3, so that what a
 * library prints disturbs nobody. Nothing of a library is loaded before the first request.
 */
import { readFileSync, writeFileSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'

const readInput = ({ shape, path }) => {
  const { buffer, byteOffset, byteLength } = readFileSync(path)
  return { shape, data: new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)) }
}

/** Milliseconds of `count` runs. A run that gives a promise is awaited; others cost no turn of the event loop. */
const timeRuns = async (run, count) => {
  const start = performance.now()
  for (let i = 0; i < count; i++) {
    const pending = run()
    if (pending !== undefined) await pending
  }
  return performance.now() - start
}

/** Runs within one sample: enough that the clock's own cost and steps vanish in it. */
const sampleMilliseconds = 0.5

const sampler = (run) => {
  let inner = 1
  return async (milliseconds) => {
    const samples = []
    const end = performance.now() + milliseconds
    do {
      const elapsed = await timeRuns(run, inner)
      samples.push(elapsed / inner)
      if (elapsed < sampleMilliseconds) inner *= 2
    } while (performance.now() < end)
    return samples
  }
}

/**
 * @param load gives the rows: `{ [id]: (inputs) => ({ run, result }) }`. `run` does the work once and returns nothing, or a
 *   promise of it; `result` gives what has to agree with the others, as a Float32Array.
 * @param coldStart loads the library and computes a first result
 */
export const serve = ({ load, coldStart }) => {
  let rows
  let row
  const requests = {
    prepare: async ({ id, inputs, output }) => {
      rows ??= await load()
      const make = rows[id]
      if (make === undefined) return { absent: true }
      const made = await make(Object.fromEntries(Object.entries(inputs).map(([name, at]) => [name, readInput(at)])))
      const start = performance.now()
      await made.run()
      const first = performance.now() - start
      if (output !== undefined) writeFileSync(output, await made.result())
      row = { ...made, sample: sampler(made.run) }
      return { first }
    },
    time: async ({ milliseconds }) => ({ samples: await row.sample(milliseconds) }),
    repeat: async ({ count }) => {
      await timeRuns(row.run, count)
      return {}
    },
    release: async () => {
      row?.release?.()
      row = undefined
      return {}
    },
    peakBytes: async () => ({ bytes: process.resourceUsage().maxRSS * 1024 }),
    coldStart: async () => {
      const start = performance.now()
      await coldStart()
      return { milliseconds: performance.now() - start }
    },
  }
  const answer = async (line) => {
    const { request, ...details } = JSON.parse(line)
    try {
      return await requests[request](details)
    } catch (error) {
      return { error: String(error?.message ?? error).split('\n')[0] }
    }
  }
  let turn = Promise.resolve()
  createInterface({ input: process.stdin }).on('line', (line) => {
    turn = turn.then(async () => {
      writeSync(3, `${JSON.stringify(await answer(line))}\n`)
    })
  })
}
