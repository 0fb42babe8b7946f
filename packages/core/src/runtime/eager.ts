/** Runs one primitive at once: small operands are copied into kernel memory and results out; large ones live there. */
import { bytesOf } from '../dtype.js'
import { OutOfMemoryError } from '../errors.js'
import type { Emitter, Operand, Params, Primitive } from '../primitives/primitive.js'
import { showType } from '../print.js'
import { checkSize, sizeOf } from '../shape.js'
import { type Abstract, ConcreteTensor, type Storage } from '../tensor.js'
import { chunkCount, startsOf } from './chunks.js'
import { threadCount } from './configuration.js'
import { emitCopy, isRowMajor, keepsStrides } from './layout.js'
import { claim, copyIn, copyOut, heapBase, kernelNamed, writeInt32 } from './memory.js'
import { beginOperation, discard, enter, resides, settle, takeScratch, unpin } from './residency.js'
import { runShared } from './shared-calls.js'

let top = 0

const scratch = (bytes: number): number => {
  const taken = takeScratch(top, bytes)
  top = taken.top
  return taken.pointer
}

const emitter: Emitter = {
  call: (kernel, ...args) => {
    kernelNamed(kernel)(...args)
  },
  parallel: (units, nanoseconds, body, grain = 1) => {
    const chunks = threadCount() > 1 ? chunkCount(units, nanoseconds, grain) : 1
    if (chunks === 1) body(emitter, 0, units)
    else runParts(startsOf(units, chunks, grain), units, body)
  },
  scratch,
  table: (ints) => {
    const pointer = scratch(ints.length * 4)
    writeInt32(pointer, ints)
    return pointer
  },
  // Bytes, which may be more than an int32 says.
  query: (kernel, ...args) => kernelNamed(kernel)(...args) >>> 0,
  contiguous: (operand) => contiguousBy(emitter, operand),
}

const contiguousBy = (emit: Emitter, operand: Operand): number => {
  if (isRowMajor(operand.shape, operand.strides)) return operand.pointer
  const pointer = scratch(sizeOf(operand.shape) * bytesOf(operand.dtype))
  emitCopy(emit, operand, pointer)
  return pointer
}

/** Runs the parts on all threads if each is one call of the same kernel, and one after the other if not. */
const runParts = (
  starts: readonly number[],
  units: number,
  body: (emit: Emitter, first: number, count: number) => void,
): void => {
  const calls: { readonly kernel: string; readonly args: readonly number[] }[] = []
  const recorder: Emitter = {
    ...emitter,
    call: (kernel, ...args) => calls.push({ kernel, args }),
    parallel: (all, _, inner) => inner(recorder, 0, all),
    contiguous: (operand) => contiguousBy(recorder, operand),
  }
  starts.forEach((first, i) => {
    body(recorder, first, (starts[i + 1] ?? units) - first)
  })
  const kernel = calls[0]?.kernel
  if (kernel !== undefined && calls.length === starts.length && calls.every((c) => c.kernel === kernel)) {
    runShared(
      kernel,
      calls.map((c) => c.args),
      scratch,
    )
  } else for (const c of calls) emitter.call(c.kernel, ...c.args)
}

/** The address of the tensor's storage, whatever its order. */
const place = (x: ConcreteTensor): number => {
  const backing = x.backing()
  if (resides(backing.length * bytesOf(x.dtype))) {
    const { pointer, storage } = enter(x.dtype, backing)
    x.moveTo(storage, x.strides)
    return pointer
  }
  const { array } = x.view()
  const pointer = scratch(array.byteLength)
  copyIn(x.dtype, array, pointer)
  return pointer
}

const load = (primitive: Primitive, x: ConcreteTensor): Operand => {
  const { sizes: shape, dtype, strides } = x
  // A repeated number may stand for more elements than kernels count.
  if (strides !== null) checkSize(primitive.name, shape)
  if (keepsStrides(primitive, strides, shape)) return { pointer: place(x), shape, dtype, strides }
  makeRowMajor(x)
  return { pointer: place(x), shape, dtype, strides: null }
}

/** Large storages in kernel memory are reordered there, others here. */
const makeRowMajor = (x: ConcreteTensor): void => {
  const { sizes: shape, dtype, strides } = x
  if (strides === null) return
  const size = sizeOf(shape)
  // What repeats few numbers is written out there.
  const isRepeated = 2 * x.backing().length < size
  if ((x.hasArray() && !isRepeated) || !resides(size * bytesOf(dtype))) {
    x.elements()
    return
  }
  const source = place(x)
  const { pointer, storage } = settle(dtype, size)
  emitCopy(emitter, { pointer: source, shape, dtype, strides }, pointer)
  x.moveTo(storage, null)
}

/** The address of the elements of a large tensor, row-major, in kernel memory until `unpin`; uses memory that nobody may have claimed. */
export const enterRowMajor = (x: ConcreteTensor): number => {
  if (x.strides !== null) {
    claim(emitter)
    top = heapBase()
    makeRowMajor(x)
  }
  const { pointer, storage } = enter(x.dtype, x.backing())
  x.moveTo(storage, null)
  return pointer
}

/** The results of `primitive` on concrete tensors, by its kernels. */
export const runKernels = (
  primitive: Primitive,
  inputs: readonly ConcreteTensor[],
  params: Params,
  types: readonly Abstract[],
): readonly ConcreteTensor[] => {
  claim(emitter)
  top = heapBase()
  beginOperation(top)
  const storages: (Storage | null)[] = []
  try {
    const operands = inputs.map((x) => load(primitive, x))
    const outputs = types.map(({ shape, dtype }): Operand => {
      const size = sizeOf(shape)
      const bytes = size * bytesOf(dtype)
      if (!resides(bytes)) {
        storages.push(null)
        return { pointer: scratch(bytes), shape, dtype, strides: null }
      }
      const { pointer, storage } = settle(dtype, size)
      storages.push(storage)
      return { pointer, shape, dtype, strides: null }
    })
    primitive.lower?.(emitter, operands, outputs, params)
    return outputs.map(({ pointer, shape, dtype }, i) => {
      const storage = storages[i] ?? copyOut(dtype, pointer, sizeOf(shape))
      return new ConcreteTensor(shape, dtype, storage, (types[i] as Abstract).weakType)
    })
  } catch (error) {
    discard(storages)
    throw error instanceof OutOfMemoryError ? outOfMemory(primitive, inputs, types, error) : error
  } finally {
    unpin()
  }
}

const outOfMemory = (
  { name }: Primitive,
  inputs: readonly Abstract[],
  types: readonly Abstract[],
  { message }: OutOfMemoryError,
): OutOfMemoryError =>
  new OutOfMemoryError(`${name}: ${inputs.map(showType).join(', ')} to ${types.map(showType).join(', ')}. ${message}`)
