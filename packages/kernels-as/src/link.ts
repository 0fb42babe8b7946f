/** Links generated WebAssembly to the memory that the kernels work in. */

/** A function over pointers. */
export type LinkedFunction = (...pointers: number[]) => unknown

/**
 * Compiles and instantiates a module that imports its memory as `env.memory`, and functions by module and name, synchronously;
 * gives its exported functions.
 * @throws WebAssembly.CompileError if the bytes are no valid module
 */
export const linkModule = (
  bytes: Uint8Array<ArrayBuffer>,
  memory: WebAssembly.Memory,
  functions: Readonly<Record<string, Readonly<Record<string, LinkedFunction>>>> = {},
): Readonly<Record<string, LinkedFunction>> => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory }, ...functions })
  return exports as Readonly<Record<string, LinkedFunction>>
}
