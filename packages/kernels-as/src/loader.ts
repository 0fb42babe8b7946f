/**
 * The one door to `@assemblyscript/loader`: bytes and a memory in, raw exports out.
 * The loader's own wrappers around exports cost a closure a call, so the instance's functions are handed on as they are.
 */
import { instantiateSync } from '@assemblyscript/loader'

/** An export of a kernel binary: pointers are byte addresses, counts and strides are in elements. */
export type Kernel = (...args: number[]) => number

export interface Instance {
  readonly functions: Readonly<Record<string, Kernel>>
  readonly heapBase: number
}

/** Instantiates a kernel binary over `memory`, synchronously. */
export function instantiate(bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): Instance {
  const { exports } = instantiateSync(bytes, { env: { memory } }).instance
  const functions: Record<string, Kernel> = {}
  for (const [name, value] of Object.entries(exports))
    if (typeof value === 'function') functions[name] = value as Kernel
  const heapBase = (exports.__heap_base as WebAssembly.Global).value as number
  return { functions, heapBase }
}
