/** Namespaces whose functions note how they are called. */
import { Tensor } from '@puregrad/core'

export type Call = (...args: unknown[]) => unknown

export interface Recorded {
  readonly name: string
  readonly call: Call
  readonly args: readonly unknown[]
  readonly result: unknown
}

/** The same namespace; each call of its functions, or of those in namespaces inside, comes into the list. */
export const recording = (name: string, space: object, calls: Recorded[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(space).map(([key, value]) => {
      const full = `${name}.${key}`
      if (typeof value === 'object' && value !== null && !(value instanceof Tensor))
        return [key, recording(full, value, calls)]
      if (typeof value !== 'function') return [key, value]
      const call = value as Call
      const noted: Call = (...args) => {
        const result = call(...args)
        calls.push({ name: full, call, args, result })
        return result
      }
      return [key, Object.defineProperty(noted, 'name', { value: call.name })]
    }),
  )
