import { type CheckpointError, checkpointError } from '@puregrad/formats'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Host } from './host.js'

const noFiles = (file: string): TE.TaskEither<CheckpointError, void> =>
  TE.left(
    checkpointError('unwritable', {
      file,
      leaf: null,
      expected: 'a host with files',
      found: 'a page, which has none',
      cure: 'Give fit `host: memoryHost()` and take the bytes from its files, or a host of your own: { ...pageHost, write, save }.',
    }),
  )

// A message, since timers of pages are held back to 4 ms, and to a second or more in one that nobody looks at.
const pause = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    const arrived = (): void => {
      port1.close()
      resolve()
    }
    port1.addEventListener('message', arrived, { once: true })
    port1.start()
    port2.postMessage(null)
  })

/**
 * The host of a training in a page or a worker of one, where `fit` has it unless said: it has no files, so that what callbacks
 * want written ends the training with a `failure` that says what to do.
 * @example
 * const fitted = await fit(dense(1), init(dense(1), [1], random.key(0)), {
 *   train: { x: np.ones([4, 1]), y: np.ones([4, 1]) },
 *   loss: losses.l2Loss,
 *   optimizer: sgd(0.1),
 *   epochs: 2,
 *   key: random.key(1),
 *   callbacks: [csvLog('log.csv')],
 *   host: pageHost,
 * })
 * fitted.failure?.found // 'a page, which has none'
 */
export const pageHost: Host = Object.freeze<Host>({
  write: noFiles,
  save: noFiles,
  pause,
  now: () => Date.now(),
  elapsed: () => performance.now(),
})
