/** Threads of Node's that work while this one does other things. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Workers } from '../host/worker.js'

const answering = `
const { readFileSync } = require('node:fs')
const { parentPort } = require('node:worker_threads')
parentPort.on('message', (job) => {
  for (const answer of program.answersTo(job, readFileSync)) parentPort.postMessage(...answer)
})`

/** Threads that read files by themselves, since the thread that trains cannot while a step runs. */
export const threads: Workers = {
  cores: availableParallelism,
  start: (program, { onAnswer, onLost }) => {
    // Loaders and inspectors of the program are not for a script that needs none of its modules.
    const worker = new Worker(program + answering, { eval: true, execArgv: [] })
    worker.on('message', onAnswer)
    worker.on('error', onLost)
    worker.on('exit', onLost)
    worker.unref()
    return {
      post: (message, handedOver) => worker.postMessage(message, handedOver as readonly ArrayBuffer[]),
      hold: (isAwaited) => (isAwaited ? worker.ref() : worker.unref()),
      end: () => void worker.terminate(),
    }
  },
}
