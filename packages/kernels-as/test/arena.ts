/** Kernels over typed arrays, for tests: arguments are laid out in memory, outputs are read back and their edges checked. */
import { type Kernel, type Kernels, loadKernels, type Variant } from '@puregrad/kernels-as'

export const variants = ['simd', 'relaxed-simd'] as const satisfies readonly Variant[]

export type Typed = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array
type Make = new (buffer: ArrayBuffer, at: number, length: number) => Typed

/** Where each dtype of a kernel's name lives. */
export const arrays = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
} as const
export type T = keyof typeof arrays
export const dtypes = Object.keys(arrays) as T[]
export const floats = ['f32', 'f64'] as const
export const integers = ['i32', 'u32', 'u8'] as const

/** The nearest value of a dtype, as storing into its array gives it. */
export const as = (t: T, x: number): number => new arrays[t]([x])[0] as number

/** A place for a result: fresh elements, or (`from`) a copy of an array that the kernel updates. */
export interface Out {
  readonly out: T
  readonly length: number
  readonly from?: Typed
}
export const out = (t: T, length: number): Out => ({ out: t, length })
export const update = (t: T, from: Typed): Out => ({ out: t, length: from.length, from })

export type Argument = number | Typed | Out | { readonly scratch: number }
const guard = 0xa5
const guardBytes = 32

/** A kernel whose name a test puts together. */
export function kernelNamed({ call }: Kernels, name: string): Kernel {
  const named: Readonly<Record<string, Kernel | undefined>> = call
  const kernel = named[name]
  if (!kernel) throw new Error(`the package has no kernel '${name}'. Rebuild it or fix the name.`)
  return kernel
}

/** `run(name, args)` calls a kernel and returns its outputs as plain arrays, in argument order. */
export function arena(variant: Variant, pages = 64) {
  const kernels = loadKernels({ variant })
  const grown = pages - kernels.memory.buffer.byteLength / 65536
  if (grown > 0) kernels.memory.grow(grown)
  const run = (name: string, args: readonly Argument[]): number[][] => {
    const kernel = kernelNamed(kernels, name)
    const buffer = kernels.memory.buffer
    const bytes = new Uint8Array(buffer)
    let top = (kernels.heapBase + 15) & ~15
    const place = (size: number) => {
      const at = top
      if (at + size + guardBytes > bytes.length) throw new Error(`arena.run ${name}: ${size} bytes do not fit`)
      bytes.fill(guard, at, at + size + guardBytes)
      top = (at + size + guardBytes + 15) & ~15
      return at
    }
    const results: { at: number; view: Typed }[] = []
    const values = args.map((a) => {
      if (typeof a === 'number') return a
      if ('scratch' in a) return place(a.scratch)
      if ('out' in a) {
        const make = arrays[a.out] as unknown as Make & { BYTES_PER_ELEMENT: number }
        const at = place(a.length * make.BYTES_PER_ELEMENT)
        const view = new make(buffer, at, a.length)
        if (a.from) view.set(a.from)
        results.push({ at, view })
        return at
      }
      const at = place(a.byteLength)
      bytes.set(new Uint8Array(a.buffer, a.byteOffset, a.byteLength), at)
      return at
    })
    kernel(...values)
    for (const { at, view } of results)
      for (let i = 0; i < guardBytes; i++)
        if (bytes[at + view.byteLength + i] !== guard) throw new Error(`${name} wrote past the end of its output`)
    return results.map(({ view }) => Array.from(view))
  }
  return { run, one: (name: string, args: readonly Argument[]) => run(name, args)[0] as number[], kernels }
}
