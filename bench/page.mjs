/** The page that shows the results: the worst as plainly as the best. */
import { cpus } from 'node:os'
import { trainingSteps } from './once.mjs'

/** Two digits, or all before the point. */
const significant = (value) => (value >= 99.5 ? value.toFixed(0) : value.toPrecision(2))
const time = (milliseconds) => {
  if (milliseconds < 0.1) return `${significant(milliseconds * 1000)} µs`
  return milliseconds < 1000 ? `${significant(milliseconds)} ms` : `${significant(milliseconds / 1000)} s`
}
const times = (ratio) => `${ratio >= 99.5 ? ratio.toFixed(0) : ratio.toPrecision(3)}×`
const kilobytes = (bytes) => `${significant(bytes / 1000)} kB`
const megabytes = (bytes) => `${significant(bytes / 1e6)} MB`

const mark = (reached) => (reached ? '✓' : '✗')

const table = (header, lines) =>
  [header, header.map((_, i) => (i === 0 ? '---' : '--:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

/** Our own time, with its limit if there is one. */
const ownCell = ({ limit }, { milliseconds, error }) => {
  if (error !== undefined) return `fails: ${error}`
  return limit === undefined
    ? time(milliseconds)
    : `${time(milliseconds)} (≤ ${time(limit)} ${mark(milliseconds <= limit)})`
}

const peerCell = ({ targets }, name, result) => {
  if (result === undefined || result.absent) return '–'
  if (result.error !== undefined) return 'fails'
  if (result.ratio === undefined) return time(result.milliseconds)
  const target = targets[name]
  const goal = target === undefined ? '' : ` (≥ ${target} ${mark(result.ratio >= target)})`
  return `${time(result.milliseconds)}, ${times(result.ratio)}${goal}`
}

const raceTable = (races, contestants) => {
  const [[ours], ...peers] = Object.entries(contestants)
  const lines = races.map(({ row, outcome }) => [
    row.work,
    ownCell(row, outcome[ours]),
    ...peers.map(([name]) => peerCell(row, name, outcome[name])),
  ])
  return table(['work', ...Object.values(contestants).map(({ title }) => title)], lines)
}

/** Rows that miss a target or lose to a peer, the farthest behind first. */
const behind = (races, contestants) => {
  const [, ...peers] = Object.entries(contestants)
  const lines = races
    .flatMap(({ row, outcome }) =>
      peers.flatMap(([name, { title }]) => {
        const { ratio } = outcome[name] ?? {}
        const target = row.targets[name]
        return ratio === undefined || ratio >= Math.max(1, target ?? 1)
          ? []
          : [{ work: row.work, title, ratio, target }]
      }),
    )
    .sort((a, b) => a.ratio / (a.target ?? 1) - b.ratio / (b.target ?? 1))
    .map(({ work, title, ratio, target }) => [
      work,
      title,
      times(ratio),
      target === undefined ? '–' : `≥ ${target}`,
      target === undefined ? '–' : times(ratio / target),
    ])
  return table(['work', 'peer', 'our speed ÷ theirs', 'target', 'of the target'], lines)
}

const failures = (races, contestants) =>
  races.flatMap(({ row, outcome }) =>
    Object.entries(outcome).flatMap(([name, { error }]) =>
      error === undefined ? [] : [`- ${contestants[name]?.title ?? name}, ${row.work}: ${error}.`],
    ),
  )

const limited = (value, show, limit) =>
  limit === undefined ? show(value) : `${show(value)} (≤ ${show(limit)} ${mark(value <= limit)})`

const onceTable = ({ coldStart, compile, peakBytes }, bundles, contestants) => {
  const names = Object.keys(contestants)
  const line = (title, figures, show, limit) => [
    title,
    ...names.map((name, i) =>
      figures[name] === undefined ? '–' : limited(figures[name], show, i === 0 ? limit : undefined),
    ),
  ]
  return table(
    ['', ...Object.values(contestants).map(({ title }) => title)],
    [
      line('import to the first gradient', coldStart, time, 100),
      line('first MLP step less a later one (tracing and compiling), with kernels loaded', compile, time, 60),
      line(`peak memory of a process after ${trainingSteps} MLP steps`, peakBytes, megabytes),
      line('browser bundle with its WebAssembly, gzipped', bundles, kilobytes, 150_000),
    ],
  )
}

/** A row in which puregrad does the work in another way too. */
const rivalLine = (row, { jittedOverIt, itOverJitted, speedUp }, ours, theirs, title) => {
  const quick = speedUp !== undefined
  const [ratio, limit, means] = quick
    ? [1 / theirs.ratio, speedUp, 'jitted ÷ it']
    : jittedOverIt === undefined
      ? [theirs.ratio, itOverJitted, 'it ÷ jitted']
      : [1 / theirs.ratio, jittedOverIt, 'jitted ÷ it']
  const reached = `${means} ${times(ratio)} (${quick ? '≥' : '≤'} ${limit} ${mark(quick ? ratio >= limit : ratio <= limit)})`
  return [row.work, title, time(ours.milliseconds), time(theirs.milliseconds), reached]
}

const rivalTable = (races, rivals) =>
  table(
    ['work', 'another way', 'jitted takes', 'it takes', 'ratio'],
    races.flatMap(({ row, outcome: { puregrad, ...others } }) =>
      (row.rivals ?? []).flatMap((rival) => {
        const theirs = others[rival.name]
        return theirs?.ratio === undefined ? [] : [rivalLine(row, rival, puregrad, theirs, rivals[rival.name].title)]
      }),
    ),
  )

const machine = () => {
  const processors = cpus()
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'an unknown processor'}, Node ${process.versions.node}, ${process.platform}-${process.arch}`
}

const largestDifference = (races) =>
  Math.max(...races.flatMap(({ outcome }) => Object.values(outcome).map(({ differs }) => differs ?? 0)))

/** The whole page, in Markdown. */
export const page = ({ races, once, bundles, contestants, rivals, remark }) => {
  const peers = Object.values(contestants).slice(1)
  const failed = failures(races, contestants)
  return `# Benchmarks

Written by \`npm run bench\`; every figure is of one run on one machine, so only those of one row compare.

- Machine: ${machine()}.${remark === undefined ? '' : ` ${remark}`}
- Peers: ${peers.map(({ title, version }) => `${title} ${version}`).join(', ')}.${'torch' in contestants ? '' : ' No Python with PyTorch was found, so its column is missing.'}
- Everybody has one thread and a process of their own, which waits while others run. All take turns of some hundredths of a
  second; a time is the median of the turns, and a ratio the median over rounds of their time ÷ ours: **above 1 we are faster**.
- Before the clock starts results have to agree; the largest difference of any row was ${largestDifference(races).toExponential(0)} of the largest value.
  Losses of training are compared over four steps.
- onnxruntime-web copies inputs and results at each call, the others leave them in the memory of their kernels, of which
  TensorFlow.js and jax-js have to be told when they may go. The time to read a result is in nobody's figure.

In parentheses are the ratios and times that we want to reach.

## Speed

${raceTable(races, contestants)}

${failed.length > 0 ? `Failures:\n\n${failed.join('\n')}\n\n` : ''}## Where we are behind

${behind(races, contestants)}

## Beside itself

${rivalTable(races, rivals)}

## Once a process

${onceTable(once, bundles, contestants)}
`
}
