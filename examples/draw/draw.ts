/** The story: four ways to make pictures that nobody drew, learnt from the same ones, judged by the same judge. */
import { np, random, type Tensor } from '@puregrad/core'
import { imageSheet, lineChart, textTable, trainingCurves } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Figures, Told } from '../runner/example.js'
import { bigGan } from './big-gan.js'
import { dcgan } from './dcgan.js'
import { diffusion } from './diffusion.js'
import { type Judge, judgeOf, learnToJudge, type Verdict } from './judge.js'
import { type Painter, type Painting, rowsOf } from './painter.js'
import { classes, drawnSubject, type Pictures, type Subject, scaled, side, subjectsOfFiles } from './pictures.js'
import { vae } from './vae.js'

const painters: readonly Painter[] = [dcgan, bigGan, vae, diffusion]

type Settings = 'only' | 'subjects' | 'seeds' | 'part' | 'steps' | 'samples' | 'validate'

/** What one painter made of one subject from one start. */
interface Outcome {
  readonly subject: Subject
  readonly painter: Painter
  readonly painting: Painting
  readonly seed: number
  readonly verdict: Verdict
  readonly seconds: number
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

const names = ['fid', 'precision', 'recall', 'inceptionScore', 'rarestClass', 'classAccuracy'] as const
const titles = ['FID', 'precision', 'recall', 'inception score', 'rarest class', 'class accuracy']
type Summary = Readonly<Record<(typeof names)[number], number | null>>

const medians = (verdicts: readonly Verdict[]): Summary =>
  Object.fromEntries(
    names.map((name) => {
      const values = verdicts.map((verdict) => verdict[name])
      return [name, values.includes(null) ? null : median(values as readonly number[])]
    }),
  ) as unknown as Summary

const rowOf = (name: string, summary: Summary): readonly string[] => [
  name,
  ...names.map((key) => summary[key]?.toFixed(key === 'fid' || key === 'inceptionScore' ? 2 : 3) ?? ''),
]

const bytesOf = (pictures: Tensor): Uint8Array =>
  np
    .clip(np.round(pictures.add(1).mul(127.5)), 0, 255)
    .astype('uint8')
    .data() as Uint8Array

/** Pictures side by side without captions. */
const sheetOf = (pictures: Tensor, title: string, columns: number): string => {
  const count = pictures.shape[0] as number
  const labels = new Uint8Array(count)
  return imageSheet(
    { shape: [count, side, side], images: bytesOf(pictures), predicted: labels, labels },
    { title, columns, cell: 42, nameOf: () => '' },
  )
}

const askedOf = (count: number): Tensor => np.arange(count, { dtype: 'int32' }).mod(classes)

/** What comes of less noise, or of more guidance. */
interface Trade {
  readonly at: number
  readonly verdict: Verdict
}

const tradesOf = ({ painter, painting, seed }: Outcome, { judge }: Judge, count: number): readonly Trade[] => {
  const { traded } = painting
  if (traded === null || !painter.isTold) return []
  const asked = askedOf(count)
  return traded.at.map((at) => ({ at, verdict: judge(traded.sample(random.key(seed + 7), asked, at), asked) }))
}

const loaded = async (
  data: string | undefined,
  { subjects, part }: Readonly<Record<Settings, number>>,
): Promise<E.Either<string, readonly Subject[]>> =>
  data === undefined ? E.right([drawnSubject(part)]) : subjectsOfFiles(data, subjects, part)

/** Learns, paints and judges; on the left is what was wrong with the data. */
export const draw = async (context: Context<Settings>): Promise<E.Either<string, Told>> => {
  const { data, seed: from, settings, print, plot, progress, each, once } = context
  const { only, seeds, steps, samples, validate } = settings
  const found = await loaded(data, settings)
  if (E.isLeft(found)) return found
  const subjects = found.right
  const chosen = painters.filter((_, i) => only === 0 || only === i + 1)
  const besideOf = ({ validation, test }: Subject): Pictures => {
    const { x, y } = validate > 0 ? validation : test
    return { x: x.slice({ stop: samples }), y: y.slice({ stop: samples }) }
  }

  const judges = new Map<Subject, Judge>()
  const floors = new Map<Subject, Verdict>()
  for (const subject of subjects) {
    const judge = judgeOf(
      await once(
        (signal) => learnToJudge(subject, { progress: progress(`${subject.title}, judge`, 2), signal }),
        subjects.length * (1 + chosen.length * seeds),
      ),
      besideOf(subject),
    )
    judges.set(subject, judge)
    floors.set(subject, judge.judge(scaled(subject.train.x.slice({ stop: samples })), null))
    print(
      `${subject.title}: the judge is right about ${(100 * judge.accuracy).toFixed(1)} % of the pictures that it judges beside`,
    )
  }

  const runs = subjects.flatMap((subject) =>
    chosen.flatMap((painter) => Array.from({ length: seeds }, (_, i) => ({ subject, painter, seed: from + i }))),
  )
  const outcomes = await each(runs, async ({ subject, painter, seed }, signal): Promise<Outcome> => {
    const painting = await painter.learn(subject, {
      seed,
      part: steps,
      progress: progress(`${subject.title}, ${painter.name}, seed ${seed}`, 20),
      signal,
    })
    const asked = askedOf(besideOf(subject).y.size)
    const made = painting.sample(random.key(seed + 5), asked)
    const verdict = (judges.get(subject) as Judge).judge(made, painter.isTold ? asked : null)
    const seconds = painting.history.reduce((sum, record) => sum + record.seconds, 0)
    print(textTable(['', ...titles], [rowOf(`${painter.name}, seed ${seed}`, medians([verdict]))]))
    return { subject, painter, painting, seed, verdict, seconds }
  })

  const figures: Record<string, Figures> = {}
  for (const subject of subjects) {
    const own = outcomes.filter((outcome) => outcome.subject === subject)
    const of = (painter: Painter): readonly Outcome[] => own.filter((outcome) => outcome.painter === painter)
    const told = chosen.filter((painter) => of(painter).length > 0)
    const summaries = told.map((painter) => [painter.name, medians(of(painter).map(({ verdict }) => verdict))] as const)
    const floor = medians([floors.get(subject) as Verdict])
    print(`\n${subject.title}, beside ${besideOf(subject).y.size} real pictures:`)
    print(
      textTable(
        ['', ...titles],
        [['real ones', floor] as const, ...summaries].map(([name, s]) => rowOf(name, s)),
      ),
    )
    const trades: Record<string, readonly Trade[]> = {}
    for (const painter of told) {
      const [first] = of(painter) as readonly [Outcome, ...Outcome[]]
      const file = `${subject.key}-${painter.name.toLowerCase()}`
      const key = random.key(first.seed + 9)
      const title = `${subject.title}, ${painter.name}`
      await plot(`${file}.svg`, sheetOf(first.painting.sample(key, rowsOf(classes, 10)), title, 10))
      await plot(`${file}-between.svg`, sheetOf(first.painting.between(key, 6, 10), `${title}, on the way`, 10))
      await plot(`${file}-losses.svg`, trainingCurves(first.painting.history))
      const traded = tradesOf(first, judges.get(subject) as Judge, besideOf(subject).y.size)
      if (traded.length === 0) continue
      trades[painter.name] = traded
      const what = first.painting.traded?.what ?? ''
      print(
        textTable(
          [`${painter.name}: ${what}`, ...titles],
          traded.map(({ at, verdict }) => rowOf(String(at), medians([verdict]))),
        ),
      )
      await plot(
        `${file}-trade.svg`,
        lineChart(
          [
            {
              name: painter.name,
              x: traded.map(({ verdict }) => verdict.recall),
              y: traded.map(({ verdict }) => verdict.precision),
            },
          ],
          {
            title: `${title}: ${what} ${traded.map(({ at }) => at).join(', ')}`,
            xLabel: 'recall',
            yLabel: 'precision',
          },
        ),
      )
    }
    figures[subject.title] = {
      judge: (judges.get(subject) as Judge).accuracy,
      'real ones': floor,
      ...Object.fromEntries(summaries),
      ...Object.fromEntries(
        Object.entries(trades).map(([name, traded]) => [
          `${name}, traded`,
          Object.fromEntries(traded.map(({ at, verdict }) => [String(at), medians([verdict])])),
        ]),
      ),
    }
  }
  return E.right({
    data:
      data === undefined
        ? { kind: 'stand-in', what: 'digits drawn from strokes' }
        : { kind: 'files', what: subjects.map(({ title }) => title).join(' and '), folder: data },
    figures,
    trainingSeconds: Object.fromEntries(
      outcomes.map(({ subject, painter, seed, seconds }) => [`${subject.title}, ${painter.name}, ${seed}`, seconds]),
    ),
  })
}
