/**
 * A race: all contestants of a row by turns in short stretches, so that a processor that slows down slows down for all.
 * Those whose result differs from ours do not start.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeInputs } from './inputs.mjs'
import { difference, median } from './statistics.mjs'

const readResult = (path) => {
  const { buffer, byteOffset, byteLength } = readFileSync(path)
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))
}

/** Prepares every contestant; gives those that agree with the first, and for the others the reason why they do not run. */
const prepare = async (row, contestants, directory) => {
  const inputs = writeInputs(row, directory)
  const prepared = new Map()
  let expected
  for (const [name, contestant] of contestants) {
    const output = join(directory, `${row.id}.${name}.result`)
    const answer = await contestant.ask('prepare', { id: row.id, inputs, output })
    if (answer.absent || answer.error) {
      prepared.set(name, answer)
      continue
    }
    const result = readResult(output)
    expected ??= result
    const differs = difference(result, expected)
    prepared.set(
      name,
      differs <= row.tolerance
        ? { differs, ready: true }
        : { error: `its result differs by ${differs.toPrecision(2)}` },
    )
  }
  return prepared
}

/** @returns per contestant `{ milliseconds, ratio, differs }`, `{ error }` or `{ absent }`; a ratio is the median over rounds of their time ÷ that of the first. */
const race = async (row, contestants, { rounds, stretch, patience }, directory) => {
  const prepared = await prepare(row, contestants, directory)
  const runners = [...contestants].filter(([name]) => prepared.get(name).ready)
  const timed = new Map(runners.map(([name]) => [name, { spent: 0, medians: [] }]))
  const [[first]] = contestants

  const turn = async (round, [name, contestant]) => {
    const record = timed.get(name)
    if (record.spent > patience || record.error !== undefined) return
    const start = performance.now()
    const { samples, error } = await contestant.ask('time', { milliseconds: stretch })
    record.spent += performance.now() - start
    if (error !== undefined) record.error = error
    // The first round warms up.
    else if (round > 0 || record.spent > patience) record.medians[round] = median(samples)
  }
  for (let round = 0; round <= rounds; round++) {
    const turns = round % Math.max(1, runners.length)
    for (const runner of [...runners.slice(turns), ...runners.slice(0, turns)]) await turn(round, runner)
  }
  for (const [, contestant] of contestants) await contestant.ask('release')

  const ours = timed.get(first)?.medians ?? []
  const outcome = ([name, { ready, differs, ...reason }]) => {
    if (!ready) return [name, reason]
    const { medians, error } = timed.get(name)
    if (error !== undefined) return [name, { error }]
    const ratios = medians.flatMap((m, round) => (ours[round] === undefined ? [] : [m / ours[round]]))
    return [
      name,
      { milliseconds: median(medians.flat()), ratio: ratios.length > 0 ? median(ratios) : undefined, differs },
    ]
  }
  return Object.fromEntries([...prepared].map(outcome))
}

/** Races of rows one after another; `report` hears of each. */
export const runRaces = async (rows, contestantsOf, options, report) => {
  const directory = mkdtempSync(join(tmpdir(), 'puregrad-bench-'))
  const results = []
  try {
    for (const row of rows) {
      const outcome = await race(row, contestantsOf(row), options, directory)
      results.push({ row, outcome })
      report(row, outcome)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
  return results
}
