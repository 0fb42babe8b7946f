/** Parts of a loop, and whether two loops may run at the same time. */
import { bytesOf } from '../../dtype.js'
import { type LoopNest, unit } from './generate.js'
import type { FusedLoop } from './lower.js'
import { vectorsOf } from './operations.js'

const columnGrain = 64 // elements

/** What it can be cut into: rows, or elements where there is one row. */
export const unitsOf = ({ rows, columns }: LoopNest): { readonly units: number; readonly grain: number } =>
  rows > 1 ? { units: rows, grain: 1 } : { units: columns, grain: columnGrain }

/** The loop over `count` units from `first` on. */
export const partOf = ({ nest, pointers }: FusedLoop, first: number, count: number): FusedLoop => {
  const { rows, columns, inputs, outputs } = nest
  const steps = [
    ...inputs.map((x) => (rows > 1 ? x.rowStep : x.step) * unit(x)),
    ...outputs.map((y) => (rows > 1 ? columns : 1) * bytesOf(y.dtype)),
  ]
  return {
    nest: rows > 1 ? { ...nest, rows: count } : { ...nest, columns: count },
    pointers: pointers.map((pointer, i) => pointer + first * (steps[i] as number)),
  }
}

/** What it takes, roughly: memory that streams, and an instruction a step and vector. */
export const nanosecondsOf = ({ rows, columns, inputs, outputs, steps }: LoopNest): number => {
  const memory = [...inputs, ...outputs].reduce((sum, { dtype }) => sum + 0.02 * bytesOf(dtype), 0)
  const work = steps.reduce((sum, { operation }) => sum + 0.06 * vectorsOf(operation.result, 4), 0)
  return rows * columns * (memory + work)
}

/** Addresses from the first to behind the last byte. */
type Range = readonly [from: number, to: number]

const rangesOf = ({
  nest,
  pointers,
}: FusedLoop): { readonly read: readonly Range[]; readonly written: readonly Range[] } => {
  const { rows, columns, inputs, outputs } = nest
  const read = inputs.flatMap((x, i): readonly Range[] => {
    const from = pointers[i] as number
    const elements = (rows - 1) * x.rowStep + (columns - 1) * x.step + 1
    return x.counted ? [] : [[from, from + elements * bytesOf(x.dtype)]]
  })
  const written = outputs.map((y, i): Range => {
    const from = pointers[inputs.length + i] as number
    return [from, from + rows * columns * bytesOf(y.dtype)]
  })
  return { read, written }
}

const overlap = (some: readonly Range[], others: readonly Range[]): boolean =>
  some.some(([from, to]) => others.some(([a, b]) => from < b && a < to))

/** One writes what the other reads or writes. */
export const interfere = (a: FusedLoop, b: FusedLoop): boolean => {
  const [x, y] = [rangesOf(a), rangesOf(b)]
  return overlap(x.written, [...y.read, ...y.written]) || overlap(y.written, x.read)
}
