import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linkModule, type ThreadFunctions, threadsBinary } from '../src/index.js'

const memory = new WebAssembly.Memory({ initial: 1, maximum: 32768, shared: true })
const threads = linkModule(threadsBinary(), memory) as unknown as ThreadFunctions
const words = new Int32Array(memory.buffer)
const control = 1024
const counters = 4096
const mostChunks = 64

/** Takes chunks until there are none, and counts each. */
const takeChunks = (epoch: number): void => {
  for (let chunk = threads.claim(control, epoch); chunk >= 0; chunk = threads.claim(control, epoch)) {
    Atomics.add(words, counters / 4 + chunk, 1)
    threads.finish(control)
  }
}

const helper = `
const { parentPort, workerData } = require('node:worker_threads')
const { memory, binary, control, counters } = workerData
const threads = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { memory } }).exports
const words = new Int32Array(memory.buffer)
parentPort.postMessage('ready')
let epoch = -1
for (;;) {
  const next = threads.awaitJob(control, epoch, 1_000_000n)
  epoch = next
  for (let chunk = threads.claim(control, epoch); chunk >= 0; chunk = threads.claim(control, epoch)) {
    Atomics.add(words, counters / 4 + chunk, 1)
    threads.finish(control)
  }
}`

describe('a job', () => {
  let worker: Worker | undefined
  beforeAll(async () => {
    const workerData = { memory, binary: threadsBinary(), control, counters }
    worker = new Worker(helper, { eval: true, workerData })
    await new Promise((resolve) => worker?.once('message', resolve))
  })
  afterAll(async () => {
    await worker?.terminate()
  })

  it('has every chunk taken once, by whoever comes, while the numbers of chunks change from job to job', () => {
    const end = performance.now() + 2000
    let jobs = 0
    while (performance.now() < end) {
      for (let turn = 0; turn < 1000; turn++, jobs++) {
        const chunks = [2, 8, 3, mostChunks][jobs % 4] as number
        takeChunks(threads.publish(control, 0, 0, chunks))
        if (threads.join(control, chunks, 1) !== 0) throw new Error(`job ${jobs} of ${chunks} chunks does not end`)
        for (let chunk = 0; chunk < mostChunks; chunk++) {
          const taken = Atomics.exchange(words, counters / 4 + chunk, 0)
          if (taken !== Number(chunk < chunks))
            throw new Error(`job ${jobs}: chunk ${chunk} of ${chunks} ran ${taken} times`)
        }
      }
    }
    expect(jobs).toBeGreaterThan(0)
  })
  it('is over for those who come late', () => {
    const first = threads.publish(control, 0, 0, 1)
    takeChunks(first)
    expect(threads.join(control, 1, 1)).toBe(0)
    const second = threads.publish(control, 0, 0, 3)
    expect(threads.claim(control, first)).toBe(-1)
    takeChunks(second)
    expect(threads.join(control, 3, 1)).toBe(0)
  })
})
