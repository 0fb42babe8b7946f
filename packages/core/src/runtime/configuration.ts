/** Choices for the whole process, made before the first operation. */
import { TransformError } from '../errors.js'

export interface Configuration {
  /**
   * The same bits on every machine: kernels without fused multiply-add, which relaxed SIMD leaves to the processor. Slower where
   * the processor fuses. Default: the environment variable PUREGRAD_DETERMINISTIC is `1`.
   */
  readonly deterministic?: boolean
}

declare const process: { readonly env?: Readonly<Record<string, string | undefined>> } | undefined

let deterministic: boolean | undefined
let settled = false

/**
 * Sets what the process runs with. On one machine results are the same bits run after run either way.
 * @throws TransformError if an operation has already run with another choice
 * @example configure({}) // undefined
 */
export const configure = (configuration: Configuration): void => {
  const wanted = configuration.deterministic
  if (wanted === undefined) return
  if (settled && wanted !== isDeterministic()) {
    throw new TransformError(
      'configure: an operation has already run. Call configure before the first one, at the top of the program.',
    )
  }
  deterministic = wanted
}

/** What was chosen; after the first call it stays. */
export const isDeterministic = (): boolean => {
  deterministic ??= typeof process !== 'undefined' && process?.env?.PUREGRAD_DETERMINISTIC === '1'
  settled = true
  return deterministic
}
