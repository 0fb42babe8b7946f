/** No state of the packages can be written by way of what they export, nor of what its functions hand out again. */
import * as core from '@puregrad/core'
import * as testing from '@puregrad/core/testing'
import * as formats from '@puregrad/formats'
import * as models from '@puregrad/models'
import * as nn from '@puregrad/nn'
import * as optim from '@puregrad/optim'
import * as train from '@puregrad/train'
import * as node from '@puregrad/train/node'
import { expect, it } from 'vitest'
import { reached, writable } from '../packages/core/test/reached.js'

const packages = { core, testing, nn, optim, formats, models, train, node }

it.each(Object.entries(packages))('exports of %s', (name, module) => {
  const found = reached(module, name)
  expect(found.size).toBeGreaterThan(10)
  // The table of primitives is a copy for whoever asks.
  expect(writable(found).filter((path) => path !== 'testing.primitiveTable')).toEqual([])
})

it('chains of transformations, with their parts', () => {
  const inner = optim.chain(optim.scale(2), optim.scale(3))
  const outer = optim.chain(inner, optim.clip(1), inner)
  for (const made of [inner, outer]) {
    expect(Object.isFrozen(made)).toBe(true)
    expect(Object.isFrozen(made.parts)).toBe(true)
  }
  expect(() => (outer.parts as unknown as unknown[]).push(optim.scale(0))).toThrow(TypeError)
  const params = { w: core.np.ones([1]) }
  expect(outer.update(params, outer.init(params), params)[0].w.toArray()).toEqual([6])
})
