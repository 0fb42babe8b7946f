import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expected, makeProject, type Project, program } from './project.js'

const names = {
  '@puregrad/core': '{ grad, jit, np }',
  '@puregrad/nn': '{ losses }',
  '@puregrad/optim': '{ adam, applyUpdates }',
}
const imports = Object.entries(names)
  .map(([from, what]) => `import ${what} from '${from}'\n`)
  .join('')
const requires = Object.entries(names)
  .map(([from, what]) => `const ${what} = require('${from}')\n`)
  .join('')

/** Counts the threads that a program starts. */
const count = `let threads = 0
const module_ = process.getBuiltinModule('node:worker_threads')
module_.Worker = class extends module_.Worker {
  constructor(...all) { super(...all); threads++ }
}
`
const print = 'console.log(report, threads)\n'
const environment = { PUREGRAD_THREADS: '2' }

let project: Project
beforeAll(() => {
  project = makeProject([])
})
afterAll(() => project.remove())

describe('Node', () => {
  it('imports ES modules, and threads start', () => {
    const file = project.write({ 'main.mjs': `${imports}${count}${program}${print}` })
    expect(project.node(file, { environment })).toBe(`${expected} 1\n`)
  })

  it('requires CommonJS, and threads start', () => {
    const file = project.write({ 'main.cjs': `${requires}${count}${program}${print}` })
    expect(project.node(file, { environment })).toBe(`${expected} 1\n`)
  })

  it('requires CommonJS without loading ES modules by it', () => {
    const file = project.write({ 'main.cjs': `${requires}${count}${program}${print}` })
    expect(project.node('--no-experimental-require-module', { arguments: [file], environment })).toBe(`${expected} 1\n`)
  })

  it.each(['import first', 'require first'])('has one core where both are done, %s', (order) => {
    const requiring = project.write({
      'other.cjs': `exports.core = require('@puregrad/core')
exports.kernels = require('@puregrad/kernels-as')
exports.nn = require('@puregrad/nn')
exports.optim = require('@puregrad/optim')
exports.testing = require('@puregrad/core/testing')
`,
    })
    const importing = [
      "import * as core from '@puregrad/core'",
      "import * as kernels from '@puregrad/kernels-as'",
      "import * as nn from '@puregrad/nn'",
      "import * as optim from '@puregrad/optim'",
      "import * as testing from '@puregrad/core/testing'",
    ]
    const both =
      order === 'import first'
        ? [...importing, "import other from './other.cjs'"]
        : ["import other from './other.cjs'", ...importing]
    const file = project.write({
      'both.mjs': `${both.join('\n')}
for (const [name, all] of Object.entries({ core, kernels, nn, optim, testing })) {
  const names = Object.keys(all).filter((name) => name !== 'default' && name !== 'module.exports' && name !== '__esModule')
  const same = names.every((key) => all[key] === other[name][key])
  console.log(name, names.length > 0 && same, Object.keys(other[name]).length === names.length)
}
const x = other.core.np.array([1, 2])
console.log(x instanceof core.Tensor, JSON.stringify(core.grad((x) => other.core.np.sum(x.mul(x)))(x).toArray()))
`,
    })
    expect(requiring).toMatch(/other\.cjs$/)
    expect(project.node(file)).toBe(
      `${['core', 'kernels', 'nn', 'optim', 'testing'].map((name) => `${name} true true`).join('\n')}\ntrue [2,4]\n`,
    )
  })

  it('checks derivatives by a required core/testing without fast-check, and says what arbitraries need', () => {
    const file = project.write({
      'check.cjs': `const { checkGrads, tensors } = require('@puregrad/core/testing')
checkGrads((x) => x.mul(x), [3])
try { tensors() } catch (error) { console.log(error.message) }
`,
    })
    expect(project.node(file)).toContain('laws and arbitraries need fast-check, which is not installed')
  })

  it('makes arbitraries by a required core/testing with fast-check', () => {
    const withTools = makeProject(['fast-check'])
    const file = withTools.write({
      'laws.cjs': `const fc = require('fast-check')
const { tensors } = require('@puregrad/core/testing')
fc.assert(fc.property(tensors(), (x) => x.size >= 0), { numRuns: 5 })
console.log('held')
`,
    })
    expect(withTools.node(file)).toBe('held\n')
    withTools.remove()
  })
})
