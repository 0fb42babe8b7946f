/**
 * Learning who died while a synchronous loop runs, where the host lets us. A WeakRef keeps its target to the end of the job,
 * and finalizers wait for it too; but engines drop what WeakRefs keep whenever a queue of microtasks has been emptied, and Node
 * can give a context a queue of its own. Then a garbage collection clears the WeakRefs of the dead.
 */

export interface Collector {
  /** Lets go of what WeakRefs have kept alive so far. */
  readonly release: () => void
  /** Collects garbage; gives the milliseconds that it took. */
  readonly collect: () => number
}

interface Vm {
  readonly createContext: (object: object, options: { readonly microtaskMode: 'afterEvaluate' }) => object
  readonly runInContext: (code: string, context: object) => unknown
  readonly runInNewContext: (code: string) => unknown
  readonly Script: new (code: string) => { readonly runInContext: (context: object) => unknown }
}

declare const process:
  | {
      readonly versions?: { readonly v8?: string }
      readonly getBuiltinModule?: (name: string) => unknown
    }
  | undefined
declare const performance: { readonly now: () => number }

/** `null` where the host has none, as browsers do. */
export const makeCollector = (): Collector | null => {
  if (typeof process === 'undefined' || process?.versions?.v8 === undefined) return null
  const vm = process.getBuiltinModule?.('node:vm') as Vm | undefined
  const v8 = process.getBuiltinModule?.('node:v8') as
    | { readonly setFlagsFromString: (flag: string) => void }
    | undefined
  if (vm === undefined || v8 === undefined) return null
  const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' })
  const nothing = new vm.Script('0')
  v8.setFlagsFromString('--expose-gc')
  const gc = vm.runInNewContext('gc') as () => void
  v8.setFlagsFromString('--no-expose-gc')
  const release = (): void => {
    nothing.runInContext(context)
  }
  const collect = (): number => {
    const start = performance.now()
    release()
    gc()
    return performance.now() - start
  }
  return { release, collect }
}
