/** Workers that decode: as many as are wanted, started when there is work, gone when there is none. */
import type { DecodeImageOptions, Image } from '@puregrad/formats'
import type { Worker, Workers } from '../../host/worker.js'

export interface Job {
  readonly id: number
  /** The bytes of a file, or in Node where it lies. */
  readonly input: Uint8Array | string
  readonly options: DecodeImageOptions
}

/** What a worker found: without an image, something is wrong, and whoever asks sees it for himself. */
export interface Answer {
  readonly id: number
  readonly image?: Image
}

/** Decodes an image elsewhere; undefined if it has to be done here. */
export type DecodeElsewhere = (job: Omit<Job, 'id'>) => Promise<Image | undefined>

interface Helper {
  readonly worker: Worker
  /** What it still has to do, by number. */
  readonly jobs: Map<number, (image: Image | undefined) => void>
}

/** Workers that fail again and again are not started for ever. */
const mostFailures = 3

/** How long workers wait for more to do, in milliseconds: longer than a step takes, since they start in some 20. */
const linger = 2000

/**
 * A pool of at most so many workers. All that is asked for is handed out at once, to the worker with the least to do, since nobody hands out more
 * while a step runs; so whoever asks decides how much is in memory. What a worker cannot do, because there are none
 * here, or it failed, is not done, and no worker keeps a program from ending unless it is being waited for.
 */
export const poolOf = ({ start }: Pick<Workers, 'start'>, program: string, most: number): DecodeElsewhere => {
  const helpers = new Set<Helper>()
  let [next, failures] = [0, 0]
  let idle: ReturnType<typeof setTimeout> | undefined

  const endAll = (): void => {
    for (const { worker } of helpers) worker.end()
    helpers.clear()
  }
  /** Whoever has nothing to do lets the program end, and after a while, when nobody has anything, all of them go. */
  const rest = ({ worker, jobs }: Helper): void => {
    if (jobs.size > 0) return
    worker.hold(false)
    clearTimeout(idle)
    if ([...helpers].some((helper) => helper.jobs.size > 0)) return
    idle = setTimeout(endAll, linger)
    // Timers of a page are numbers.
    idle.unref?.()
  }
  const started = (): Helper => {
    const jobs: Helper['jobs'] = new Map()
    const worker = start(program, {
      onAnswer: (message) => {
        const { id, image } = message as Answer
        const settle = jobs.get(id)
        jobs.delete(id)
        settle?.(image)
        rest(helper)
      },
      onLost: () => {
        if (!helpers.delete(helper)) return
        failures += 1
        for (const settle of jobs.values()) settle(undefined)
        jobs.clear()
        worker.end()
      },
    })
    const helper: Helper = { worker, jobs }
    helpers.add(helper)
    return helper
  }
  /** The one with the least to do: a new one if there may be one and nobody is free. */
  const helping = (): Helper | undefined => {
    const [least] = [...helpers].sort((a, b) => a.jobs.size - b.jobs.size)
    if (least?.jobs.size === 0 || helpers.size >= most || failures >= mostFailures) return least
    try {
      return started()
    } catch {
      failures = mostFailures
      return least
    }
  }
  return ({ input, options }) => {
    const helper = helping()
    if (helper === undefined) return Promise.resolve(undefined)
    clearTimeout(idle)
    const id = next++
    return new Promise((resolve) => {
      helper.jobs.set(id, resolve)
      helper.worker.hold(true)
      // The bytes stay those of whoever gave them.
      const own = typeof input === 'string' ? input : new Uint8Array(input)
      const job: Job = { id, input: own, options }
      helper.worker.post(job, typeof own === 'string' ? [] : [own.buffer])
    })
  }
}
