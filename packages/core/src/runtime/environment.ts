/** What the library needs of whatever runs it, said in one sentence where it is not there. */
import { EnvironmentError } from '../errors.js'

/** V8 and JavaScriptCore throw a RangeError, SpiderMonkey an InternalError. */
const isStackOverflow = (error: unknown): boolean =>
  error instanceof Error && /call stack|too much recursion/i.test(error.message)

/** An error of a full call stack as one that teaches; any other as it is. */
export const explainOverflow = (error: unknown): unknown =>
  isStackOverflow(error)
    ? new EnvironmentError(
        'The call stack is full. Either a function calls itself without end, or this thread has less than the 200 kB of stack that the library needs: ' +
          'start Node with --stack-size=984, a Worker with resourceLimits: { stackSizeMb: 4 }.',
        { cause: error },
      )
    : error

/** Starts what needs WebAssembly. @throws EnvironmentError that says what is missing */
export const needingWebAssembly = <R>(start: () => R): R => {
  if ((globalThis as { readonly WebAssembly?: unknown }).WebAssembly === undefined) {
    throw new EnvironmentError(
      'There is no WebAssembly here, in which all operations run. Node has it unless it is started with --jitless; browsers have it unless a lockdown mode takes it away.',
    )
  }
  try {
    return start()
  } catch (cause) {
    const explained = explainOverflow(cause)
    if (explained !== cause) throw explained
    throw new EnvironmentError(
      `The kernels do not start: ${cause instanceof Error ? cause.message : String(cause)}. They need WebAssembly with SIMD (Node 20, Chrome 91, Firefox 89, Safari 16.4 or later), ` +
        "a page policy that allows 'wasm-unsafe-eval', and 1 GiB of address space at least.",
      { cause },
    )
  }
}
