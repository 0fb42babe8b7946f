/** Memory that several threads share: the kernels' binary takes it after one flag is changed, and a module of its own shares out jobs. */
import { decode } from './decode.js'
import { threads } from './generated/threads.js'

/** The import `env.memory` of a binary, up to the flags of its limits. */
const memoryImport = [3, ...[...'env'].map((c) => c.charCodeAt(0)), 6, ...[...'memory'].map((c) => c.charCodeAt(0)), 2]
const [withMaximum, withMaximumShared] = [1, 3]

/** The binary with a shared memory for its import. @throws Error if there is no such import */
export const withSharedMemory = (binary: Uint8Array): Uint8Array<ArrayBuffer> => {
  const shared = Uint8Array.from(binary)
  for (let at = 0; at + memoryImport.length < shared.length; at++) {
    if (!memoryImport.every((byte, i) => shared[at + i] === byte)) continue
    if (shared[at + memoryImport.length] !== withMaximum) break
    shared[at + memoryImport.length] = withMaximumShared
    return shared
  }
  throw new Error('the binary imports no memory env.memory with a maximum')
}

/** How threads share out the chunks of a job (`assembly/threads`); `c` is the address of their control block. */
export interface ThreadFunctions {
  readonly publish: (c: number, program: number, job: number, chunks: number) => number
  readonly claim: (c: number, epoch: number) => number
  readonly finish: (c: number) => void
  readonly fail: (c: number) => void
  readonly join: (c: number, chunks: number, sleeps: number) => number
  readonly awaitJob: (c: number, epoch: number, nanoseconds: bigint) => number
  readonly programOf: (c: number) => number
}

/** Bytes of the control block, which starts out as zeros. */
export const controlBytes = 64

/** The module of `ThreadFunctions`; it imports the shared memory as `env.memory`. */
export const threadsBinary = (): Uint8Array<ArrayBuffer> => decode(threads)
