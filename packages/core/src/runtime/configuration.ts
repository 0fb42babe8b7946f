/** Choices for the whole process, made before the first operation. */
import { RangeError, TransformError } from '../errors.js'

export interface Configuration {
  /**
   * The same bits on every machine: kernels without fused multiply-add, which relaxed SIMD leaves to the processor. Slower where
   * the processor fuses. Default: the environment variable PUREGRAD_DETERMINISTIC is `1`.
   */
  readonly deterministic?: boolean
  /**
   * How many threads share a large operation of a jitted function, the calling one included. Results have the same bits with any
   * number. Default: the environment variable PUREGRAD_THREADS, else one per core, up to 8. Where memory cannot be shared, as in a
   * page that is not cross-origin isolated, it is one.
   */
  readonly threads?: number
}

interface Host {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly getBuiltinModule?: (name: string) => unknown
}

declare const process: Host | undefined
declare const navigator: { readonly hardwareConcurrency?: number } | undefined
declare const Worker: unknown

const mostByDefault = 8
const most = 64

let deterministic: boolean | undefined
let threads: number | undefined
let settled = false

/**
 * Sets what the process runs with. On one machine results are the same bits run after run either way.
 * @throws TransformError if an operation has already run with another choice, RangeError for a number of threads outside 1 … 64
 * @example configure({}) // undefined
 */
export const configure = (configuration: Configuration): void => {
  const { deterministic: wanted = deterministic, threads: count = threads } = configuration
  if (count !== undefined) checkThreads('configure({ threads })', count)
  if (settled && ((wanted ?? isDeterministic()) !== isDeterministic() || (count ?? threadCount()) !== threadCount())) {
    throw new TransformError(
      'configure: an operation has already run. Call configure before the first one, at the top of the program.',
    )
  }
  deterministic = wanted
  threads = count
}

const checkThreads = (where: string, count: number): number => {
  if (Number.isInteger(count) && count >= 1 && count <= most) return count
  throw new RangeError(`${where}: ${count} is no number of threads. Give a whole number from 1 to ${most}.`)
}

const environment = (name: string): string | undefined =>
  typeof process === 'undefined' ? undefined : process?.env?.[name]

/** What was chosen; after the first call it stays. */
export const isDeterministic = (): boolean => {
  deterministic ??= environment('PUREGRAD_DETERMINISTIC') === '1'
  settled = true
  return deterministic
}

/** The number of threads, this one included; after the first call it stays. */
export const threadCount = (): number => {
  threads ??= defaultThreads()
  settled = true
  return canShare() ? threads : 1
}

const defaultThreads = (): number => {
  const named = environment('PUREGRAD_THREADS')
  if (named !== undefined && named !== '') return checkThreads('PUREGRAD_THREADS', Number(named))
  const os = builtin('node:os') as { readonly availableParallelism?: () => number } | undefined
  const cores =
    os?.availableParallelism?.() ?? (typeof navigator === 'undefined' ? undefined : navigator?.hardwareConcurrency) ?? 1
  return Math.min(cores, mostByDefault)
}

const builtin = (name: string): unknown =>
  typeof process === 'undefined' ? undefined : process?.getBuiltinModule?.(name)

/** `true` where memory can be shared and there are threads to share it with. */
const canShare = (): boolean =>
  typeof SharedArrayBuffer !== 'undefined' &&
  (builtin('node:worker_threads') !== undefined || typeof Worker !== 'undefined')
