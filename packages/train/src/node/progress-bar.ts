import { operation } from '@puregrad/core'
import cliProgress from 'cli-progress'
import type { Metrics } from '../history.js'
import { type Progress, writeDuration, writeMetrics } from '../progress.js'

export interface ProgressOptions {
  /** Where to write, by default the standard error output. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** The clock in milliseconds. */
  readonly now?: () => number
}

const format = '{name} [{bar}] {value}/{total} · {rate} steps/s · {remaining} left  {metrics}'

/**
 * A progress bar with rate and remaining time on a terminal; elsewhere (a file, a pipe, CI) only the line that ends an epoch.
 * @example
 * const progress = progressBar()
 * progress.begin('Epoch 1/5', 468)
 * progress.step(100, { loss: 0.41 })
 * progress.step(468, { loss: 0.22 })
 * progress.end({ loss: 0.22, accuracy: 0.93 })
 * // writes a line such as: Epoch 1/5  loss 0.2200  accuracy 0.9300  (4.2 s, 111 steps/s)
 */
export const progressBar = operation(
  'progressBar',
  { at: 0, names: ['stream', 'now'] },
  ({ stream = process.stderr, now = Date.now }: ProgressOptions = {}): Progress => {
    const bar =
      stream.isTTY === true
        ? // Ctrl-C belongs to the program, so the bar must not exit the process by itself (gracefulExit).
          new cliProgress.SingleBar(
            { stream, format, barsize: 24, clearOnComplete: true, hideCursor: true, gracefulExit: false },
            cliProgress.Presets.shades_classic,
          )
        : undefined
    let epoch = { name: '', steps: 0, done: 0, start: 0 }
    const seconds = (): number => (now() - epoch.start) / 1000
    const rate = (): number => (seconds() > 0 ? epoch.done / seconds() : 0)
    const writeRate = (): string => rate().toFixed(rate() < 10 ? 1 : 0)
    const payload = (metrics: Metrics) => ({
      name: epoch.name,
      rate: writeRate(),
      remaining: rate() > 0 ? writeDuration((epoch.steps - epoch.done) / rate()) : '?',
      metrics: writeMetrics(metrics),
    })
    return {
      begin: (name, steps) => {
        epoch = { name, steps, done: 0, start: now() }
        bar?.start(steps, 0, payload({}))
      },
      step: (done, metrics = {}) => {
        epoch = { ...epoch, done }
        bar?.update(done, payload(metrics))
      },
      end: (metrics = {}) => {
        bar?.stop()
        const parts = [epoch.name, writeMetrics(metrics), `(${writeDuration(seconds())}, ${writeRate()} steps/s)`]
        stream.write(`${parts.filter((part) => part !== '').join('  ')}\n`)
      },
      stop: () => bar?.stop(),
    }
  },
)
