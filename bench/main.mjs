/** The benchmarks: races all rows, measures what happens once a process, and writes docs/benchmarks.md. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleSizes } from './bundles.mjs'
import { contestants, rivals } from './contestants/index.mjs'
import { startContestant } from './harness/contestant.mjs'
import { runRaces } from './harness/race.mjs'
import { measureOnce } from './once.mjs'
import { page } from './page.mjs'
import { rows } from './rows.mjs'

const help = `npm run bench -- [options]

  --rows A,B     only these rows, and do not write the page: ${rows.map(({ id }) => id).join(', ')}
  --rounds N     turns of each contestant in a row (12)
  --stretch MS   how long a turn takes (60)
  --processes N  fresh processes for each figure that is measured once a process (5)
  --remark TEXT  what readers should know about the machine during the run
  --output FILE  where the page goes (docs/benchmarks.md)
`

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    rounds: { type: 'string', default: '12' },
    stretch: { type: 'string', default: '60' },
    processes: { type: 'string', default: '5' },
    remark: { type: 'string' },
    output: { type: 'string', default: join(import.meta.dirname, '..', 'docs', 'benchmarks.md') },
    help: { type: 'boolean', default: false },
  },
})

const say = (text) => process.stderr.write(`${text}\n`)

const cell = ([name, { milliseconds, ratio, error }]) => {
  if (error !== undefined) return `${name}: ${error}`
  return milliseconds === undefined
    ? `${name} –`
    : `${name} ${milliseconds.toPrecision(3)} ms (${ratio?.toPrecision(3)}×)`
}
const report = ({ work }, outcome) => say(`${work}: ${Object.entries(outcome).map(cell).join(', ')}`)

const main = async () => {
  const chosen = values.rows?.split(',')
  const unknown = chosen?.filter((id) => !rows.some((row) => row.id === id)) ?? []
  if (unknown.length > 0) {
    say(`bench: no row ${unknown.join(', ')}. Take of ${rows.map(({ id }) => id).join(', ')}.`)
    process.exitCode = 2
    return
  }
  const known = contestants()
  const started = new Map(Object.entries(known).map(([name, how]) => [name, startContestant(how)]))
  const others = new Map(Object.entries(rivals).map(([name, how]) => [name, startContestant(how)]))
  const contestantsOf = ({ rivals: own = [] }) =>
    new Map([...started, ...own.map(({ name }) => [name, others.get(name)])])
  const options = { rounds: Number(values.rounds), stretch: Number(values.stretch), patience: 8000 }
  const selected = rows.filter(({ id }) => chosen === undefined || chosen.includes(id))
  let races
  try {
    races = await runRaces(selected, contestantsOf, options, report)
  } finally {
    for (const contestant of [...started.values(), ...others.values()]) contestant.end()
  }
  if (chosen !== undefined) return
  const once = await measureOnce(known, Number(values.processes), say)
  const bundles = await bundleSizes(say)
  writeFileSync(values.output, page({ races, once, bundles, contestants: known, rivals, remark: values.remark }))
  say(`Wrote ${values.output}`)
}

if (values.help) process.stdout.write(help)
else await main()
