/** Golden cases: results and gradients that PyTorch computed in float64, as JSON. */
import { readFileSync } from 'node:fs'
import { type DType, np, type Tensor } from '@puregrad/core'
import { expect } from 'vitest'

interface JsonTensor {
  readonly $t: readonly [shape: readonly number[], dtype: DType, data: readonly number[]]
}

export interface GoldenCase {
  readonly name: string
  /** The dotted public path of the function. */
  readonly fn: string
  readonly args: readonly unknown[]
  readonly out: unknown
  /** The cotangent of the result. */
  readonly ct?: unknown
  /** One per argument. */
  readonly grads?: readonly unknown[]
  readonly tol: readonly [relative: number, absolute: number]
}

export const casesOf = (file: string): readonly GoldenCase[] =>
  JSON.parse(readFileSync(new URL(`fixtures/${file}.json`, import.meta.url), 'utf8')) as readonly GoldenCase[]

const isTensor = (x: object): x is JsonTensor => '$t' in x

/** The same tree with tensors for their JSON. */
export const decode = (x: unknown): unknown => {
  if (typeof x !== 'object' || x === null) return x
  if (isTensor(x)) {
    const [shape, dtype, data] = x.$t
    return np.array(data, { dtype }).reshape(shape)
  }
  if (Array.isArray(x)) return x.map(decode)
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, decode(v)]))
}

/** The member of `root` at a dotted path, without the first name. */
export const memberAt = (root: unknown, path: string): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>>)[key], root)

/** Compares trees of tensors element by element: |a − e| ≤ absolute + relative |e|. */
export const expectClose = (actual: unknown, expected: unknown, tol: GoldenCase['tol'], path = 'result'): void => {
  if (typeof expected === 'object' && expected !== null && isTensor(expected)) {
    const [shape, dtype, data] = expected.$t
    const tensor = actual as Tensor
    expect(tensor.shape, `shape of ${path}`).toEqual(shape)
    expect(tensor.dtype, `dtype of ${path}`).toBe(dtype)
    const elements = tensor.data()
    data.forEach((e, i) => {
      const a = elements[i] as number
      expect(Math.abs(a - e), `${path}[${i}]: ${a} instead of ${e}`).toBeLessThanOrEqual(tol[1] + tol[0] * Math.abs(e))
    })
    return
  }
  const record = expected as Readonly<Record<string, unknown>>
  expect(Object.keys(actual as object).sort(), `keys of ${path}`).toEqual(Object.keys(record).sort())
  for (const key of Object.keys(record)) {
    expectClose((actual as Readonly<Record<string, unknown>>)[key], record[key], tol, `${path}.${key}`)
  }
}
