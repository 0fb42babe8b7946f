/**
 * The threads that help with large jobs. They start when the first one comes up, share the kernels' memory, sleep when there is
 * nothing to do and never keep a process alive. Programs are sent to them once; jobs need no messages (`kernels-as`, threads).
 */
import { linkModule, type ThreadFunctions, threadsBinary } from '@puregrad/kernels-as'
import { WorkerError } from '../errors.js'
import { threadCount } from './configuration.js'
import { controlBlock, kernels } from './memory.js'

/** What a worker is, of the two kinds that there are. */
interface Helper {
  readonly postMessage: (message: unknown) => void
  readonly terminate: () => unknown
}

interface NodeWorker extends Helper {
  readonly unref: () => void
  readonly on: (event: 'error' | 'exit', listener: (reason: unknown) => void) => void
}

interface WorkerThreads {
  readonly Worker: new (source: string, options: { readonly eval: true; readonly workerData: unknown }) => NodeWorker
  readonly isMainThread: boolean
}

declare const process: { readonly getBuiltinModule?: (name: string) => unknown } | undefined
declare const Worker: (new (url: string) => Helper & { onerror: ((event: unknown) => void) | null }) | undefined
declare const Blob: new (parts: readonly string[], options: { readonly type: string }) => object
declare const URL: {
  readonly createObjectURL: (blob: object) => string
  readonly revokeObjectURL: (url: string) => void
}

/**
 * What a worker runs. It gets what to instantiate first and programs later; in between it blocks until there is a job, and now
 * and then lets messages through.
 */
const workerSource = `
const serve = (onMessage) => {
  let kernels, threads, memory, control, working
  const programs = new Map()
  const instantiate = (binary, imports) => new WebAssembly.Instance(new WebAssembly.Module(binary), imports).exports
  const letMessagesThrough = () => new Promise((resolve) => setTimeout(resolve, 0))
  const work = async () => {
    let epoch = -1
    for (;;) {
      const next = threads.awaitJob(control, epoch, 200_000_000n)
      if (next === epoch) { await letMessagesThrough(); continue }
      epoch = next
      const program = threads.programOf(control)
      for (let turn = 0; turn < 100 && !programs.has(program); turn++) await letMessagesThrough()
      if (!programs.has(program)) continue
      // Whoever gives a job up waits for those who are in the middle of it.
      Atomics.add(working, 0, 1)
      try {
        programs.get(program)(epoch)
      } catch (error) {
        threads.fail(control)
        throw error
      } finally {
        Atomics.sub(working, 0, 1)
      }
    }
  }
  onMessage((message) => {
    if (message.kind === 'start') {
      memory = message.memory
      control = message.control
      working = new Int32Array(memory.buffer, control + message.working, 1)
      kernels = instantiate(message.kernels, { env: { memory } })
      threads = instantiate(message.threads, { env: { memory } })
      work()
    } else if (message.kind === 'program') {
      programs.set(message.id, instantiate(message.binary, { env: { memory }, kernels, threads })[message.work])
    } else programs.delete(message.id)
  })
}
`
const inNode = `${workerSource}
const { parentPort, workerData } = require('node:worker_threads')
serve((listener) => { listener(workerData); parentPort.on('message', listener) })`
const inBrowser = `${workerSource}
serve((listener) => { self.onmessage = (event) => listener(event.data) })`

const nodeThreads = (): WorkerThreads | undefined =>
  typeof process === 'undefined'
    ? undefined
    : (process?.getBuiltinModule?.('node:worker_threads') as WorkerThreads | undefined)

interface ProgramMessage {
  readonly kind: 'program'
  readonly id: number
  readonly binary: Uint8Array
  readonly work: string
}

let functions: ThreadFunctions | undefined
let helpers: Helper[] | undefined
let failure: string | undefined
let failures = 0
const known = new Map<number, ProgramMessage>()
let programs = 0

/** The functions by which generated code shares out jobs. */
export const threadFunctions = (): ThreadFunctions => {
  functions ??= linkModule(threadsBinary(), kernels().memory) as unknown as ThreadFunctions
  return functions
}

/** Whether this thread may block while another finishes the last chunk: the main thread of a browser may not. */
export const mayBlock = (): boolean => nodeThreads() !== undefined || typeof document === 'undefined'

declare const document: object | undefined

const forget = new FinalizationRegistry<number>((id) => {
  known.delete(id)
  for (const helper of helpers ?? []) helper.postMessage({ kind: 'forget', id })
})

/** A number for a program that is about to be made; `owner` lives as long as it may run. */
export const nextProgram = (): number => programs++

/** Makes a program known to the threads for as long as `owner` lives. */
export const announce = (owner: object, id: number, binary: Uint8Array, work: string): void => {
  const message: ProgramMessage = { kind: 'program', id, binary, work }
  known.set(id, message)
  forget.register(owner, id)
  for (const helper of helpers ?? []) helper.postMessage(message)
}

/**
 * Starts the threads, unless they have been. They join in as soon as they are there. Where none may be started, as under Node's
 * permission model without `--allow-worker`, this one does all the work.
 */
export const startThreads = (): void => {
  if (helpers !== undefined) return
  helpers = []
  try {
    for (let i = 1; i < threadCount(); i++) helpers.push(startHelper())
  } catch {
    // those that did start help
  }
}

const startHelper = (): Helper => {
  const start = {
    kind: 'start',
    memory: kernels().memory,
    control: controlBlock(),
    working: 4 * workingIndex,
    kernels: kernels().binary,
    threads: threadsBinary(),
  }
  const generation = failures
  const lost = (reason: string): void => lose(generation, reason)
  const node = nodeThreads()
  if (node !== undefined) {
    const worker = new node.Worker(inNode, { eval: true, workerData: start })
    worker.unref()
    worker.on('error', (error) => lost(String(error)))
    worker.on('exit', (code) => lost(`it ended with code ${code}`))
    for (const message of known.values()) worker.postMessage(message)
    return worker
  }
  const url = URL.createObjectURL(new Blob([inBrowser], { type: 'text/javascript' }))
  const worker = new (Worker as NonNullable<typeof Worker>)(url)
  worker.onerror = (event) => lost(String((event as { readonly message?: string }).message ?? event))
  worker.postMessage(start)
  for (const message of known.values()) worker.postMessage(message)
  return worker
}

/** A thread is gone. What it did not take, others do; `abandonJob` reports a job that it was in the middle of. */
const lose = (generation: number, reason: string): void => {
  if (generation === failures) failure ??= reason
}

/** Fewer threads may help than were asked for, but one that fails again and again is not started for ever. */
const mostFailures = 3

/**
 * Called when a program trapped, or was cut short in this thread: gives up the job that is open, and returns when nobody works on it.
 * @throws WorkerError if another thread failed, or never ended, in it
 */
export const abandonJob = (): void => {
  if (helpers === undefined || helpers.length === 0) return
  const control = new Int32Array(kernels().memory.buffer, controlBlock(), 16)
  const { claim } = threadFunctions()
  const epoch = Atomics.load(control, epochIndex)
  // Chunks that nobody took are taken by nobody any more.
  while (claim(controlBlock(), epoch) >= 0);
  const idle = othersAreIdle(control)
  if (Atomics.load(control, failedIndex) === 0 && idle) return
  for (const helper of helpers) helper.terminate()
  failures++
  helpers = failures < mostFailures ? undefined : []
  Atomics.store(control, failedIndex, 0)
  Atomics.store(control, workingIndex, 0)
  const reason = failure === undefined ? '' : ` (${failure})`
  failure = undefined
  throw new WorkerError(
    `A thread failed in the middle of an operation${reason}, whose results are lost. ${
      failures < mostFailures ? 'The next one starts new threads.' : 'From now on one thread computes.'
    } Set PUREGRAD_THREADS=1, or configure({ threads: 1 }), to do without the others.`,
  )
}

/** Waits until no other thread is in the middle of a job; false if one does not end. */
const othersAreIdle = (control: Int32Array): boolean => {
  const blocks = mayBlock()
  const end = performance.now() + longestWait
  for (;;) {
    const working = Atomics.load(control, workingIndex)
    if (working <= 0) return true
    if (performance.now() > end) return false
    if (blocks) Atomics.wait(control, workingIndex, working, 1)
  }
}

declare const performance: { readonly now: () => number }

const longestWait = 2_000 // ms: what runs longer than that after a failure is not waited for

// Of the int32s in the control block: those of kernels-as/assembly/threads, and how many other threads are in the middle of a job.
const [epochIndex, failedIndex, workingIndex] = [0, 8, 9]
