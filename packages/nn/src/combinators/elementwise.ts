/** Which plain functions may be taken for layers that run position by position. */
import { isRecord, makeProgram, np, type Tensor } from '@puregrad/core'
import { glu } from '../functions/gating.js'
import { logSoftmax, softmax, standardize } from '../functions/softmax.js'

/** Functions along the last axis. */
const alongFeatures: ReadonlySet<unknown> = new Set([softmax, logSoftmax, standardize, glu])

interface SomeEquation {
  readonly primitive: {
    readonly name: string
    readonly accepts?: unknown
    readonly elements?: (types: readonly unknown[]) => readonly unknown[]
  }
  readonly inputs: readonly { readonly abstract: unknown; readonly value?: Tensor }[]
  readonly params: Readonly<Record<string, unknown>>
}

const equationsOf = (program: unknown): readonly SomeEquation[] | null =>
  isRecord(program) && Array.isArray(program.equations) ? (program.equations as readonly SomeEquation[]) : null

const isElementwise = ({ primitive, inputs, params }: SomeEquation): boolean => {
  const inner = Object.values(params).flatMap((value) => equationsOf(value) ?? [])
  if (inner.length > 0) return inner.every(isElementwise)
  // A constant that is not the same everywhere may be one that tells positions apart.
  if (inputs.some(({ value }) => value !== undefined && new Set(value.data()).size > 1)) return false
  const uses = primitive.elements?.(inputs.map(({ abstract }) => abstract)) ?? []
  return (
    primitive.name === 'stopGradient' ||
    primitive.accepts === 'broadcast' ||
    (uses.length > 0 && uses.every((use) => use === 'own'))
  )
}

const known = new WeakMap<SomeFunction, boolean>()

type SomeFunction = (x: never) => unknown

/** All numbers that a program was made with, in order. */
const constantsOf = (equations: readonly SomeEquation[]): readonly string[] =>
  equations.flatMap(({ inputs, params }) => [
    ...inputs.flatMap(({ value }) => (value === undefined ? [] : [[...new Set(value.data())].join()])),
    ...Object.values(params).flatMap((value) => constantsOf(equationsOf(value) ?? [])),
  ])

/** Whether every position comes out of a function as it would alone: its program is elementwise, or works along the last axis. */
export const isPositionwise = (f: SomeFunction): boolean => {
  const before = known.get(f)
  if (before !== undefined) return before
  const look = (): boolean => {
    try {
      const [short, long] = [3, 5].map(
        (positions) => equationsOf(makeProgram(f as (x: Tensor) => unknown)(np.ones([2, positions, 4]))) ?? [],
      )
      if (short === undefined || long === undefined || !short.every(isElementwise)) return false
      // What depends on how many positions there are is another function for a step.
      return constantsOf(short).join(';') === constantsOf(long).join(';')
    } catch {
      return false
    }
  }
  const found = alongFeatures.has(f) || look()
  known.set(f, found)
  return found
}
