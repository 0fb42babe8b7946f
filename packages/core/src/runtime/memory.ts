/** The WebAssembly memory that kernels work in: typed views that survive growth, and copies in and out. */
import {
  controlBytes,
  type Kernel,
  type Kernels,
  kernelBinary,
  type LinkedFunction,
  linkModule,
  loadKernels,
  maximumPages,
} from '@puregrad/kernels-as'
import { allocate, bytesOf, copyArray, type DType, type TypedArray } from '../dtype.js'
import { DTypeError, OutOfMemoryError } from '../errors.js'
import { encodeModule, type FunctionCode, type FunctionImport } from '../wasm/encode.js'
import { type ExportedFunction, exportedFunctions } from '../wasm/signatures.js'
import { align } from './align.js'
import { isDeterministic, threadCount } from './configuration.js'
import { needingWebAssembly } from './environment.js'

const page = 65536

interface Views {
  readonly buffer: ArrayBufferLike
  readonly float32: Float32Array
  readonly float64: Float64Array
  readonly int32: Int32Array
  readonly uint32: Uint32Array
  readonly uint8: Uint8Array
  readonly bool: Uint8Array
}

let loaded: Kernels | undefined
let views: Views | undefined
let capacity = 0

/** `true` if other threads work in this memory too. */
export const sharesMemory = (): boolean => threadCount() > 1

/** Where memory ends at its largest. */
export const maximumBytes = (): number => kernels().maximumPages * page

/** The kernels, instantiated at the first use. */
export const kernels = (): Kernels => {
  loaded ??= start()
  return loaded
}

const start = (): Kernels => {
  const settings = { variant: isDeterministic() ? 'simd' : 'auto', shared: sharesMemory() } as const
  return needingWebAssembly(() => loadKernels(settings))
}

/** The binary of the kernels that run on every engine with the same bits. */
export const portableKernels = (): Uint8Array => kernelBinary('simd')

/** A kernel by the name that lowering put together. @throws DTypeError naming the one that does not exist */
export const kernelNamed = (name: string): Kernel => {
  const named: Readonly<Record<string, Kernel | undefined>> = kernels().call
  const kernel = named[name]
  if (kernel !== undefined) return kernel
  throw new DTypeError(
    `There is no kernel ${name}: this operation does not run on that dtype. Convert first, e.g. x.astype('float32').`,
  )
}

let kernelTypes: ReadonlyMap<string, ExportedFunction> | undefined

/** How many int32s a kernel takes, whether it returns one, and its number in the kernels' binary. */
export const kernelSignature = (name: string): ExportedFunction => {
  kernelTypes ??= exportedFunctions(kernels().binary)
  return kernelTypes.get(name) as ExportedFunction
}

/** A module of these functions over the kernels' memory. */
export const encodeProgram = (
  functions: readonly FunctionCode[],
  imports: readonly FunctionImport[],
): Uint8Array<ArrayBuffer> => encodeModule(functions, { maximumPages, shared: sharesMemory() }, imports)

/** A program's exported functions, linked to the kernels and to the `threads` functions that it imports. */
export const linkProgram = (
  binary: Uint8Array<ArrayBuffer>,
  threads: object | null,
): Readonly<Record<string, LinkedFunction>> =>
  linkModule(binary, kernels().memory, {
    kernels: kernels().call,
    ...(threads === null ? {} : { threads: threads as never }),
  })

/** The 64 bytes through which threads share out jobs. */
export const controlBlock = (): number => align(kernels().heapBase)

/** Where memory is free to use, 16-byte aligned. */
export const heapBase = (): number => controlBlock() + controlBytes

const heap = (): Views => {
  const { buffer } = kernels().memory
  if (views === undefined || views.buffer !== buffer) {
    capacity = buffer.byteLength
    views = {
      buffer,
      float32: new Float32Array(buffer),
      float64: new Float64Array(buffer),
      int32: new Int32Array(buffer),
      uint32: new Uint32Array(buffer),
      uint8: new Uint8Array(buffer),
      bool: new Uint8Array(buffer),
    }
  }
  return views
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20)

/** @throws OutOfMemoryError for an address that no memory has */
export const checkFits = (end: number): void => {
  if (end <= maximumBytes()) return
  throw new OutOfMemoryError(
    `The kernels need ${mebibytes(end)} MiB at once and the WebAssembly memory ends at ${mebibytes(maximumBytes())} MiB. ${smaller}`,
  )
}

const smaller = 'Work in smaller batches, or use checkpoint or scan to keep fewer intermediate results.'

/** Grows the memory so that addresses below `end` exist. @throws OutOfMemoryError */
export const reserve = (end: number): void => {
  heap()
  if (end <= capacity) return
  checkFits(end)
  const pages = Math.ceil((end - capacity) / page)
  // Growing in steps of a quarter keeps the number of detached buffers small.
  const generous = Math.max(pages, Math.ceil(capacity / page / 4))
  const { memory } = kernels()
  for (const step of [generous, pages]) {
    try {
      memory.grow(step)
      heap()
      return
    } catch {
      // the smaller step may still fit
    }
  }
  throw new OutOfMemoryError(
    `The kernels need ${mebibytes(end)} MiB at once and the system gives the WebAssembly memory no more than ${mebibytes(capacity)} MiB. ${smaller}`,
  )
}

export const copyIn = (dtype: DType, elements: TypedArray, pointer: number): void => {
  heap()[dtype].set(elements, pointer / bytesOf(dtype))
}

const smallCopy = 64 // elements

/** A fresh array with `size` elements from memory. */
export const copyOut = (dtype: DType, pointer: number, size: number): TypedArray => {
  if (size === 0) return allocate(dtype, 0)
  const start = pointer / bytesOf(dtype)
  const source = heap()[dtype]
  // Constructing from a view is quicker than slice for large arrays, slower for small ones.
  return size <= smallCopy ? source.slice(start, start + size) : copyArray(dtype, source.subarray(start, start + size))
}

export const readInt32 = (pointer: number): number => heap().int32[pointer / 4] as number
export const writeInt32 = (pointer: number, values: readonly number[]): void => heap().int32.set(values, pointer / 4)

let owner: object | undefined

/** Says who writes to memory from now on. `false` if somebody else wrote since this owner's last claim. */
export const claim = (by: object | undefined): boolean => {
  const same = owner === by
  owner = by
  return same
}
