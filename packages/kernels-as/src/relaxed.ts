/** Whether this engine runs relaxed SIMD; on engines that hide it behind a V8 flag (Node 20), turns the flag on. */

// (module (func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2))))
const probe = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b, 0x03,
  0x02, 0x01, 0x00, 0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfd, 0x85, 0x02, 0x0b,
])

interface NodeProcess {
  readonly getBuiltinModule?: (name: string) => { readonly setFlagsFromString?: (flags: string) => void } | undefined
}

/** @example relaxedSimdWorks() ? 'relaxed-simd' : 'simd' */
export function relaxedSimdWorks(): boolean {
  if (WebAssembly.validate(probe)) return true
  const { process } = globalThis as { readonly process?: NodeProcess }
  // Looked up at run time: a static import of node:v8 would break browser bundles.
  process?.getBuiltinModule?.('node:v8')?.setFlagsFromString?.('--experimental-wasm-relaxed-simd')
  return WebAssembly.validate(probe)
}
