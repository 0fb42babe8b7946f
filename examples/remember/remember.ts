/** The story: what is left of a task when others came after it, by each method, as medians of several starts. */
import { lineChart, textTable } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Figures, Told } from '../runner/example.js'
import { type Outcome, storyteller, type Under } from './learn.js'
import { type Method, methods } from './methods.js'
import { chosen } from './strengths.js'
import { type Story, storiesOfFiles, storiesOfStrokes } from './tasks.js'

type Settings = 'seeds' | 'stories' | 'part' | 'tune'
type Strengths = Readonly<Record<string, number>>

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

/** What is left of all tasks after the last. */
interface Summary {
  readonly first: number
  readonly last: number
  readonly mean: number
  /** By how much the tasks before the last were once better, in the mean. Chaudhry et al. 2018. */
  readonly forgotten: number
}

const summaryOf = ({ accuracies }: Outcome): Summary => {
  const end = accuracies.at(-1) ?? []
  const best = (task: number): number => Math.max(...accuracies.slice(task, -1).map((row) => row[task] as number))
  return {
    first: end[0] as number,
    last: end.at(-1) as number,
    mean: mean(end),
    forgotten: mean(end.slice(0, -1).map((now, task) => best(task) - now)),
  }
}

const measures = ['first', 'last', 'mean', 'forgotten'] as const

const medians = (outcomes: readonly Outcome[]): Summary => {
  const all = outcomes.map(summaryOf)
  return Object.fromEntries(measures.map((name) => [name, median(all.map((one) => one[name]))])) as unknown as Summary
}

/** Every method of a story with one start; those that the time did not suffice for are left out. */
const allOf = async (
  { start, goOn }: ReturnType<typeof storyteller>,
  strengths: Strengths,
  under: Under,
): Promise<readonly Outcome[]> => {
  const begun = await start(under)
  const outcomes: Outcome[] = []
  for (const method of methods) {
    const outcome = under.signal.aborted ? null : await goOn(begun, method, strengths[method.name] ?? 0, under)
    if (outcome !== null) outcomes.push(outcome)
  }
  return outcomes
}

/** The strength of each method with the best mean over all tasks, on images that nothing is learnt from. */
const tuned = async (
  { start, goOn }: ReturnType<typeof storyteller>,
  under: Under,
): Promise<{ readonly strengths: Strengths; readonly outcomes: readonly Outcome[] }> => {
  const begun = await start(under)
  const outcomes: Outcome[] = []
  const best = async ({ name, strengths: tried, ...method }: Method): Promise<readonly [string, number]> => {
    const own: Outcome[] = []
    for (const strength of tried ?? []) {
      const outcome = await goOn(begun, { name, strengths: tried, ...method }, strength, under)
      if (outcome !== null) own.push(outcome)
    }
    outcomes.push(...own)
    const means = own.map((outcome) => summaryOf(outcome).mean)
    return [name, own[means.indexOf(Math.max(...means))]?.strength ?? 0]
  }
  const strengths: (readonly [string, number])[] = []
  for (const method of methods) if (method.strengths !== null) strengths.push(await best(method))
  return { strengths: Object.fromEntries(strengths), outcomes }
}

const of = (outcomes: readonly Outcome[], story: Story, method: Method): readonly Outcome[] =>
  outcomes.filter((outcome) => outcome.story === story.key && outcome.method === method.name)

const tableOf = (story: Story, outcomes: readonly Outcome[]): string =>
  textTable(
    ['method', 'strength', `${story.tasks[0]?.name}`, `${story.tasks.at(-1)?.name}`, 'mean of all', 'forgotten'],
    methods.flatMap((method) => {
      const own = of(outcomes, story, method)
      if (own.length === 0) return []
      const strength = method.strengths === null ? '' : String(own[0]?.strength)
      const summary = medians(own)
      return [[method.name, strength, ...measures.map((name) => summary[name].toFixed(4))]]
    }),
  )

/** Of two tasks what is known of both; of more what is left of the first after each, all of them medians. */
const chartOf = (story: Story, outcomes: readonly Outcome[]): string => {
  const shown = methods.flatMap((method, i) => {
    const own = of(outcomes, story, method)
    if (own.length === 0) return []
    const after = (task: number): number => median(own.map(({ accuracies }) => accuracies[task]?.[0] ?? Number.NaN))
    const { first, last } = medians(own)
    const line = story.tasks.length === 2 ? { x: [last], y: [first] } : { y: story.tasks.map((_, task) => after(task)) }
    return [{ name: method.name, dashed: i >= 6, ...line }]
  })
  const labels =
    story.tasks.length === 2
      ? { xLabel: `accuracy on ${story.tasks[1]?.name}`, yLabel: `accuracy on ${story.tasks[0]?.name}` }
      : { xLabel: 'tasks learnt', yLabel: 'accuracy on the first' }
  return lineChart(shown, { title: story.title, ...labels, legend: 'bottom right', width: 760, height: 460 })
}

const figuresOf = (stories: readonly Story[], outcomes: readonly Outcome[]): Figures =>
  Object.fromEntries(
    stories.map((story) => [
      story.title,
      Object.fromEntries(
        methods.flatMap((method) => {
          const own = of(outcomes, story, method)
          return own.length === 0 ? [] : [[method.name, { ...medians(own), strength: own[0]?.strength ?? 0 }]]
        }),
      ),
    ]),
  )

/** Learns all stories by all methods, tells and draws; on the left is what was wrong with the data. */
export const remember = async (context: Context<Settings>): Promise<E.Either<string, Told>> => {
  const { data, seed: from, settings, print, plot, progress, each } = context
  const { seeds, part, tune } = settings
  const loaded = data === undefined ? E.right(storiesOfStrokes(part)) : await storiesOfFiles(data, part)
  if (E.isLeft(loaded)) return loaded
  const stories = loaded.right.slice(0, settings.stories)
  const tellers = new Map(stories.map((story) => [story.key, storyteller(story)]))
  const tellerOf = ({ key }: Story) => tellers.get(key) as ReturnType<typeof storyteller>

  let strengths: Readonly<Record<string, Strengths>> = chosen
  if (tune > 0) {
    const found = await each(stories, async (story, signal) => {
      const result = await tuned(tellerOf(story), { seed: from + 1000, by: 'validation', signal, progress })
      print(`${story.title}, on images to choose by:`)
      print(
        textTable(
          ['method', 'strength', ...measures],
          result.outcomes.map((outcome) => {
            const summary = summaryOf(outcome)
            return [outcome.method, outcome.strength, ...measures.map((name) => summary[name].toFixed(4))]
          }),
        ),
      )
      return [story.key, result.strengths] as const
    })
    strengths = { ...chosen, ...Object.fromEntries(found) }
  }

  const starts = Array.from({ length: seeds }, (_, i) => from + i)
  const trainings = starts.flatMap((seed) => stories.map((story) => ({ story, seed })))
  const outcomes = (
    await each(trainings, ({ story, seed }, signal) =>
      allOf(tellerOf(story), strengths[story.key] ?? {}, { seed, by: 'test', signal, progress }),
    )
  ).flat()
  for (const story of stories) {
    print(`\n${story.title}:\n${tableOf(story, outcomes)}`)
    await plot(`${story.key}.svg`, chartOf(story, outcomes))
  }
  const used =
    data === undefined
      ? ({ kind: 'stand-in', what: 'digits drawn from strokes' } as const)
      : ({ kind: 'files', what: 'MNIST, Fashion-MNIST, a part of CIFAR-10', folder: data } as const)
  return E.right({
    data: used,
    figures: figuresOf(stories, outcomes),
    trainingSeconds: Object.fromEntries(
      outcomes.map(({ story, method, seed, seconds }) => [`${story} ${method} ${seed}`, seconds]),
    ),
  })
}
