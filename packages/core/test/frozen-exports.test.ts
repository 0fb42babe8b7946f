/** No state of the library can be written by way of what it exports or hands out. */
import * as core from '@puregrad/core'
import { makeProgram, np, pipe, Tensor, tree } from '@puregrad/core'
import * as testing from '@puregrad/core/testing'
import { expect, it } from 'vitest'

const ownOfFunctions = ['length', 'name', 'prototype', 'arguments', 'caller']

/** Namespaces of modules, to which nobody can write; bundled ones are records that can only be read. */
const isNamespace = (x: object): boolean =>
  Object.prototype.toString.call(x) === '[object Module]' ||
  Object.values(Object.getOwnPropertyDescriptors(x)).every(
    ({ get, set, configurable }) => get !== undefined && set === undefined && configurable !== true,
  )

/** Everything that a value holds on to, with the way there; tensors are immutable by their class, and functions run code. */
const reached = (root: unknown, name: string): ReadonlyMap<object, string> => {
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

const writable = (found: ReadonlyMap<object, string>): readonly string[] =>
  [...found].flatMap(([x, path]) => (typeof x === 'function' || isNamespace(x) || Object.isFrozen(x) ? [] : [path]))

it.each(Object.entries({ core, testing }))('exports: %s', (name, module) => {
  const found = reached(module, name)
  expect(found.size).toBeGreaterThan(10)
  // A copy, see below.
  expect(writable(found).filter((path) => path !== 'testing.primitiveTable')).toEqual([])
})

it('programs, with the rules of their primitives', () => {
  const program = makeProgram((x: Tensor) => pipe(x, np.sin, np.reshape([2, 2]), np.matmul(np.ones([2, 2])), np.sum))(
    np.ones([4]),
  )
  const found = reached(program, 'program')
  expect([...found.values()].some((path) => /equations\.\d+\.primitive\.parameters\.\w+$/.test(path))).toBe(true)
  expect(writable(found)).toEqual([])
})

it('the table of primitives is one of its own', () => {
  const { primitiveTable } = testing
  ;(primitiveTable as Map<string, unknown>).delete('sin')
  expect(np.sin(0).item()).toBe(0)
  expect(core.programToJson(makeProgram(np.sin)(np.array(0)))).toMatchObject({ _tag: 'Right' })
})

it('structures of trees', () => {
  const structure = tree.structure({ w: [1, 2], b: null })
  expect(writable(reached(structure, 'structure'))).toEqual([])
  expect(writable(reached(tree.flatten([1, [2]])[1], 'structure'))).toEqual([])
  // What they print is remembered all the same.
  expect(String(structure)).toBe('{b: null, w: [*, *]}')
})
