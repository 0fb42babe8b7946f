/** No state of the library can be written by way of what it hands out; docs/frozen.test.ts walks what packages export. */
import * as core from '@puregrad/core'
import { makeProgram, np, pipe, type Tensor, tree } from '@puregrad/core'
import * as testing from '@puregrad/core/testing'
import { expect, it } from 'vitest'
import { reached, writable } from './reached.js'

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
