import { realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expected, makeProject, type Project, program, tool } from './project.js'

let project: Project
beforeAll(() => {
  project = makeProject(['fast-check'])
})
afterAll(() => project.remove())

it.each(['1', '2'])(
  'jest runs tests in CommonJS, as it does without configuration, with PUREGRAD_THREADS=%s',
  (threads) => {
    project.write({
      'package.json': '{ "private": true }',
      'sum.test.js': `const { grad, jit, np } = require('@puregrad/core')
const { checkGrads, tensors } = require('@puregrad/core/testing')
const { losses } = require('@puregrad/nn')
const { adam, applyUpdates } = require('@puregrad/optim')
const fc = require('fast-check')
test('a program over three packages', () => {
  ${program}
  expect(report).toBe('${expected}')
})
test('derivatives and arbitraries', () => {
  checkGrads((x) => np.sin(x), [np.array([1, 2])])
  fc.assert(fc.property(tensors(), (x) => np.negative(np.negative(x)).shape.length === x.shape.length), { numRuns: 5 })
})
`,
    })
    const environment = { PUREGRAD_THREADS: threads }
    expect(() => project.node(tool('jest/bin/jest.js'), { arguments: ['--ci'], environment })).not.toThrow()
  },
)

it('vitest runs tests in ES modules, with one core for those that require as well', () => {
  const file = project.write({
    'one.spec.js': `import { createRequire } from 'node:module'
import { np, Tensor } from '@puregrad/core'
import { checkGrads, tensors } from '@puregrad/core/testing'
import { expect, it } from 'vitest'
it('one core', () => {
  expect(createRequire(import.meta.url)('@puregrad/core').Tensor).toBe(Tensor)
  checkGrads((x) => np.sin(x), [np.array([1, 2])])
  tensors({})
})
`,
  })
  const vitest = join(import.meta.dirname, '../node_modules/vitest')
  symlinkSync(realpathSync(vitest), join(project.directory, 'node_modules/vitest'))
  expect(() => project.node(join(vitest, 'vitest.mjs'), { arguments: ['run', file] })).not.toThrow()
})
