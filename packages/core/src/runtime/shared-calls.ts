/** Calls of one kernel for the parts of an eager operation, taken by all threads. A small program for each kernel shares them out. */
import { type FunctionCode, signed, unsigned } from '../wasm/encode.js'
import { controlBlock, encodeProgram, kernelSignature, linkProgram, writeInt32 } from './memory.js'
import { abandonJob, announce, mayBlock, nextProgram, startThreads, threadFunctions } from './threads.js'

interface Sharing {
  readonly id: number
  /** Takes chunks of a job until none is left. */
  readonly work: (epoch: number) => void
}

const sharings = new Map<string, Sharing>()
/** Programs live as long as this module. */
const owner = {}
const argumentsOffset = 40 // in the control block: where the arguments are, those of a chunk after those of the one before

/** Runs the calls, at most 65,535 of them, whose arguments are int32s. They may come in any order and at the same time. */
export const runShared = (
  kernel: string,
  calls: readonly (readonly number[])[],
  scratch: (bytes: number) => number,
): void => {
  startThreads()
  const { id, work } = sharingOf(kernel)
  const control = controlBlock()
  const pointer = scratch(4 * calls.length * (calls[0]?.length ?? 0))
  writeInt32(pointer, calls.flat())
  writeInt32(control + argumentsOffset, [pointer])
  const { publish, join } = threadFunctions()
  try {
    work(publish(control, id, 0, calls.length))
  } catch (error) {
    abandonJob()
    throw error
  }
  if (join(control, calls.length, Number(mayBlock())) !== 0) abandonJob()
}

const sharingOf = (kernel: string): Sharing => {
  let sharing = sharings.get(kernel)
  if (sharing === undefined) {
    const { parameters, result } = kernelSignature(kernel)
    const binary = encodeProgram(
      [workCode(parameters, result)],
      [
        { module: 'kernels', name: kernel, parameters, result },
        { module: 'threads', name: 'claim', parameters: 2, result: true },
        { module: 'threads', name: 'finish', parameters: 1, result: false },
      ],
    )
    const { f0 } = linkProgram(binary, threadFunctions())
    sharing = { id: nextProgram(), work: f0 as (epoch: number) => void }
    announce(owner, sharing.id, binary, 'f0')
    sharings.set(kernel, sharing)
  }
  return sharing
}

const [kernelIndex, claimIndex, finishIndex] = [0, 1, 2]
const [loop, conditional, end, br, call, drop, nothing] = [0x03, 0x04, 0x0b, 0x0c, 0x10, 0x1a, 0x40]
const [localGet, localSet, localTee, i32Const, i32Load] = [0x20, 0x21, 0x22, 0x41, 0x28]
const [i32Add, i32Multiply, i32GreaterEqual, int32Alignment] = [0x6a, 0x6c, 0x4e, 2]

const workCode = (parameters: number, result: boolean): FunctionCode => {
  const [epoch, chunk, at] = [0, 1, 2]
  const control = [i32Const, ...signed(controlBlock())]
  const argument = (i: number): number[] => [localGet, at, i32Load, int32Alignment, ...unsigned(4 * i)]
  const body = [
    ...[loop, nothing, ...control, localGet, epoch, call, claimIndex, localTee, chunk],
    ...[i32Const, 0, i32GreaterEqual, conditional, nothing],
    ...[...control, i32Load, int32Alignment, argumentsOffset],
    ...[localGet, chunk, i32Const, ...signed(4 * parameters), i32Multiply, i32Add, localSet, at],
    ...Array.from({ length: parameters }, (_, i) => argument(i)).flat(),
    ...[call, kernelIndex, ...(result ? [drop] : [])],
    ...[...control, call, finishIndex, br, 1, end, end],
  ]
  return { parameters: 1, locals: ['i32', 'i32'], body }
}
