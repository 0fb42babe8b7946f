/** One task, several ways: a head on features that were learnt for another task, these fine-tuned, features of chance, and no features at all. */
import { random } from '@puregrad/core'
import { init } from '@puregrad/nn'
import type { Trainings } from '../runner/example.js'
import { type Fitted, fineTuned, fromScratch, headOn, type Known, type Subject, type Task, type Way } from './stages.js'

export interface WaysOptions {
  readonly headEpochs: number
  /** Of everything from scratch, which is left out without it, and features of chance with it. */
  readonly wholeEpochs?: number
}

/** @param learnt what the network knows from elsewhere */
export const ways = async (
  subject: Subject,
  learnt: Known,
  task: Task,
  { headEpochs, wholeEpochs }: WaysOptions,
  trainings: Trainings,
): Promise<readonly Way[]> => {
  const chance = init(subject.network, subject.image, random.key(task.seed)) as unknown as Known
  let head: Fitted | undefined
  const onLearnt = async (signal: AbortSignal): Promise<Fitted> => {
    head = await headOn('head on learnt features', subject, learnt, task, headEpochs, trainings, signal)
    return head
  }
  const further = (signal: AbortSignal): Promise<Fitted> =>
    fineTuned('fine-tuned by stages', subject, head as Fitted, task, trainings, signal)
  const others =
    wholeEpochs === undefined
      ? []
      : [
          (signal: AbortSignal) =>
            headOn('head on features of chance', subject, chance, task, headEpochs, trainings, signal),
          (signal: AbortSignal) =>
            fromScratch('everything from scratch', subject, task, wholeEpochs, trainings, signal),
        ]
  const fitted = await trainings.each([onLearnt, further, ...others], (way, signal) => way(signal))
  return fitted.map(({ way }) => way)
}
