/**
 * Metadata as JSON and back, exactly. What JSON has no word for is written as `{ "$puregrad": kind, "value": … }`, and so is a
 * record that itself has a key of that name; everything else is written as it always was.
 */
import { TreeError, tree } from '@puregrad/core'

/** What metadata is made of: JSON, and the values that JSON has no word for: NaN, infinities, −0, bigint, undefined and dates. */
export type Json =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Date
  | readonly Json[]
  | { readonly [key: string]: Json }

const mark = '$puregrad'

/** Deeper metadata is a mistake, and JSON that is deep enough overflows the stack of its reader. */
const maximumDepth = 1000

const marked = (kind: string, value: unknown): unknown => ({ [mark]: kind, value })

const isPlain = (x: object): x is Readonly<Record<string, unknown>> => {
  const prototype: unknown = Object.getPrototypeOf(x)
  // Plain objects of another realm have a prototype of their own, which ends the chain.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const describe = (x: unknown): string =>
  typeof x === 'object' && x !== null ? `a ${x.constructor?.name ?? 'value'}` : `a ${typeof x}`

const refuse = (path: tree.Path, found: string, cure: string): TreeError =>
  new TreeError(`saveCheckpoint: ${tree.showPath(path, 'metadata')} is ${found}, which no metadata holds. ${cure}`)

const write = (x: unknown, path: tree.Path, above: ReadonlySet<unknown>): unknown => {
  if (x === null || typeof x === 'boolean' || typeof x === 'string') return x
  if (x === undefined) return marked('undefined', null)
  if (typeof x === 'bigint') return marked('bigint', String(x))
  if (typeof x === 'number') {
    return Number.isFinite(x) && !Object.is(x, -0) ? x : marked('number', Object.is(x, -0) ? '-0' : String(x))
  }
  if (x instanceof Date) return marked('date', Number.isNaN(x.getTime()) ? null : x.getTime())
  if (typeof x !== 'object' || !(Array.isArray(x) || isPlain(x))) {
    throw refuse(path, describe(x), 'Write it as numbers, strings, lists and records; tensors belong in the tree.')
  }
  if (above.has(x)) throw refuse(path, 'a value that contains itself', 'Leave the cycle out.')
  if (path.length >= maximumDepth)
    throw refuse(path.slice(0, 3), `more than ${maximumDepth} levels deep`, 'Flatten it.')
  const within = new Set(above).add(x)
  if (Array.isArray(x)) return Array.from(x, (child: unknown, i) => write(child, [...path, i], within))
  const record = Object.fromEntries(
    Object.entries(x).map(([key, child]) => [key, write(child, [...path, key], within)]),
  )
  return Object.hasOwn(x, mark) ? marked('record', record) : record
}

/**
 * Metadata as a value of which JSON keeps everything.
 * @throws TreeError naming the path of what cannot be kept: functions, symbols, class instances, cycles
 * @internal
 */
export const metadataToJson = (metadata: unknown): unknown => write(metadata, [], new Set())

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

/** What a marked value stands for; null if it is none that was written, so that it is a record like any other. */
const unmarked = (kind: unknown, value: unknown): { readonly value: Json } | null => {
  if (kind === 'undefined') return { value: undefined }
  if (kind === 'bigint' && typeof value === 'string' && /^-?\d{1,100000}$/.test(value)) return { value: BigInt(value) }
  if (kind === 'number' && ['NaN', 'Infinity', '-Infinity', '-0'].includes(String(value)))
    return { value: Number(value) }
  if (kind === 'date' && (value === null || typeof value === 'number')) return { value: new Date(value ?? Number.NaN) }
  return null
}

const read = (x: unknown, depth: number): Json => {
  if (depth > maximumDepth) throw new SyntaxError(`metadata of more than ${maximumDepth} levels`)
  if (Array.isArray(x)) return x.map((child) => read(child, depth + 1))
  if (!isRecord(x)) return x as Json
  const isWrapped = x[mark] === 'record' && isRecord(x.value)
  const exact = Object.hasOwn(x, mark) && !isWrapped ? unmarked(x[mark], x.value) : null
  if (exact !== null) return exact.value
  const record = isWrapped ? (x.value as Readonly<Record<string, unknown>>) : x
  return Object.fromEntries(Object.entries(record).map(([key, child]) => [key, read(child, depth + 1)]))
}

/** Metadata of a value that JSON gave. @throws SyntaxError if it is deeper than any that is written */
export const metadataFromJson = (x: unknown): Json => read(x, 0)
