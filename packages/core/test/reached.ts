/** What a value leads to, and what of it can be written. */
import { Tensor } from '@puregrad/core'

const ownOfFunctions = ['length', 'name', 'prototype', 'arguments', 'caller']

/** Namespaces of modules, to which nobody can write; bundled ones are records that can only be read. */
const isNamespace = (x: object): boolean =>
  Object.prototype.toString.call(x) === '[object Module]' ||
  Object.values(Object.getOwnPropertyDescriptors(x)).every(
    ({ get, set, configurable }) => get !== undefined && set === undefined && configurable !== true,
  )

/** Everything that a value holds on to, with the way there; tensors are immutable by their class, and functions run code. */
export const reached = (root: unknown, name: string): ReadonlyMap<object, string> => {
  const found = new Map<object, string>()
  const open: [unknown, string][] = [[root, name]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [x, path] = next
    const holds = (typeof x === 'object' && x !== null) || typeof x === 'function'
    if (!holds || x instanceof Tensor || found.has(x)) continue
    found.set(x, path)
    for (const key of Reflect.ownKeys(x)) {
      if (typeof x === 'function' && ownOfFunctions.includes(String(key))) continue
      open.push([(x as Record<PropertyKey, unknown>)[key], `${path}.${String(key)}`])
    }
  }
  return found
}

/** The ways to what can be written. */
export const writable = (found: ReadonlyMap<object, string>): readonly string[] =>
  [...found].flatMap(([x, path]) => (typeof x === 'function' || isNamespace(x) || Object.isFrozen(x) ? [] : [path]))
