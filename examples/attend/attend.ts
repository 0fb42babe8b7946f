/** The story: four tasks that attention solves in four ways. */
import { featureSheet, lineChart, textTable } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { learn, type Result } from './learner.js'
import { tasks } from './tasks.js'

const reportOf = (results: readonly Result[]): string =>
  textTable(
    ['task', 'trained on', 'whole answers right', 'at other lengths', 'nats', 'seconds'],
    results.map(({ task, whole, lengths, byLength, nats, seconds }) => [
      task.name,
      `${task.lengths[0]} to ${task.lengths[1]}`,
      whole.toFixed(3),
      lengths.map((length, i) => `${length}: ${(byLength[i] as number).toFixed(2)}`).join('  '),
      (nats.at(-1) ?? Number.NaN).toFixed(4),
      seconds.toFixed(1),
    ]),
  )

/** The length beside the longest that was trained, so that all tasks have one axis. */
const generalisation = (results: readonly Result[]): string =>
  lineChart(
    results.map(({ task, lengths, byLength }) => ({
      name: task.name,
      x: lengths.map((length) => length / task.lengths[1]),
      y: byLength,
    })),
    {
      title: 'Beyond the lengths that were trained',
      xLabel: 'length / longest trained',
      yLabel: 'whole answers right',
      width: 640,
    },
  )

/** Trains a network for each task, tells, and draws. */
export const attend = async (context: Context<'epochs' | 'steps'>): Promise<E.Either<string, Told>> => {
  const { seed, settings, print, plot, progress, each } = context
  const { epochs, steps } = settings
  const results = await each(tasks, (task, signal) =>
    learn(task, { epochs, steps, seed, signal, progress: progress(task.name, epochs) }),
  )
  print(reportOf(results))
  await plot('lengths.svg', generalisation(results))
  await plot(
    'learning.svg',
    lineChart(
      results.map(({ task, nats }) => ({ name: task.name, y: nats })),
      { title: 'Learning', xLabel: 'epoch', yLabel: 'nats a number', width: 640 },
    ),
  )
  for (const { task, maps } of results) {
    const title = `${task.name}: where the heads of both blocks look, rows what looks, columns what is seen`
    await plot(`${task.name}.svg`, featureSheet(maps, { title, columns: 4, cell: 150 }))
  }
  return E.right({
    data: { kind: 'none' },
    figures: Object.fromEntries(
      results.map(({ task, whole, lengths, byLength, nats }) => [
        task.name,
        { 'whole answers': whole, lengths, 'by length': byLength, nats },
      ]),
    ),
    trainingSeconds: Object.fromEntries(results.map(({ task, seconds }) => [task.name, seconds])),
  })
}
