/** Loads the AssemblyScript kernels over a fresh WebAssembly memory, synchronously, in Node, bundlers and browsers. */
import type { KernelName } from './generated/names.js'
import { decode } from './decode.js'
import { relaxedSimdPatch } from './generated/relaxed-simd.js'
import { simd } from './generated/simd.js'
import { instantiate, type Kernel } from './loader.js'
import { applyPatch } from './patch.js'
import { relaxedSimdWorks } from './relaxed.js'
import { withSharedMemory } from './shared.js'

export type { KernelName } from './generated/names.js'
export { type LinkedFunction, linkModule } from './link.js'
export type { Kernel } from './loader.js'
export { controlBytes, type ThreadFunctions, threadsBinary } from './shared.js'

export type Variant = 'simd' | 'relaxed-simd'

export interface Kernels {
  readonly memory: WebAssembly.Memory
  /** What the memory may grow to. */
  readonly maximumPages: number
  readonly variant: Variant
  /** First byte after the kernels' own constants: free memory starts here. */
  readonly heapBase: number
  /** The raw exports: pointers are byte addresses, counts and strides are in elements. */
  readonly call: Readonly<Record<KernelName, Kernel>>
  /** What was instantiated. */
  readonly binary: Uint8Array<ArrayBuffer>
}

const initialPages = 16 // 1 MiB: the constant tables with room to spare
/** 4 GiB but for one page, as compiled into the binaries' import: no address in there overflows. */
export const maximumPages = 65535

/** Thrown when `variant: 'relaxed-simd'` is asked of an engine without it. */
export class UnsupportedVariantError extends Error {
  readonly _tag = 'UnsupportedVariantError'
  override get name(): string {
    return this._tag
  }
}

/** The kernels as a binary that imports its memory as `env.memory`. */
export const kernelBinary = (variant: Variant): Uint8Array<ArrayBuffer> => {
  const plain = decode(simd)
  return variant === 'simd' ? plain : applyPatch(plain, decode(relaxedSimdPatch))
}

/** The largest memory for which the engine reserves addresses. */
const allocate = (shared: boolean): { readonly memory: WebAssembly.Memory; readonly maximum: number } => {
  const tryOf = (maximum: number): { readonly memory: WebAssembly.Memory; readonly maximum: number } => ({
    memory: new WebAssembly.Memory({ initial: initialPages, maximum, shared }),
    maximum,
  })
  for (const maximum of [maximumPages, 32768]) {
    try {
      return tryOf(maximum)
    } catch {
      // half may still be there
    }
  }
  return tryOf(16384)
}

/**
 * Instantiates the kernels with their own memory. `auto` (the default) picks relaxed SIMD (fused multiply-add) where
 * the engine has it; `simd` gives the same bits on every machine. `shared` memory can be handed to other threads.
 * @throws UnsupportedVariantError for `relaxed-simd` on an engine without it
 * @example
 * const { call, memory, heapBase } = loadKernels()
 * const at = (heapBase + 15) & ~15
 * new Float32Array(memory.buffer, at, 1)[0] = 1
 * call.exp_f32(at, at, 1) // the float at `at` is now 2.7182817
 */
export function loadKernels(options: { readonly variant?: 'auto' | Variant; readonly shared?: boolean } = {}): Kernels {
  const wanted = options.variant ?? 'auto'
  const relaxed = wanted !== 'simd' && relaxedSimdWorks()
  if (wanted === 'relaxed-simd' && !relaxed)
    throw new UnsupportedVariantError(
      "loadKernels({ variant: 'relaxed-simd' }): this engine has no relaxed SIMD. Use variant 'auto' or 'simd'.",
    )
  const shared = options.shared ?? false
  const { memory, maximum } = allocate(shared)
  const plain = kernelBinary(relaxed ? 'relaxed-simd' : 'simd')
  const binary = shared ? withSharedMemory(plain) : plain
  const { functions, heapBase } = instantiate(binary, memory)
  // The names were read from these binaries when they were built.
  const call = functions as Kernels['call']
  return { memory, maximumPages: maximum, variant: relaxed ? 'relaxed-simd' : 'simd', heapBase, call, binary }
}
