import { afterAll, beforeAll, expect, it } from 'vitest'
import { expected, makeProject, type Project, program, tool } from './project.js'

let project: Project
beforeAll(() => {
  project = makeProject(['@rollup/plugin-node-resolve'])
})
afterAll(() => project.remove())

it('Rollup bundles with @rollup/plugin-node-resolve alone, and the bundle runs', () => {
  project.write({
    'main.js': `import { grad, jit, np } from '@puregrad/core'
import { losses } from '@puregrad/nn'
import { adam, applyUpdates } from '@puregrad/optim'
${program}
console.log(report)
`,
    'rollup.config.mjs': `import resolve from '@rollup/plugin-node-resolve'
export default {
  input: 'main.js',
  output: { file: 'bundle.mjs', format: 'es' },
  plugins: [resolve()],
  // Modules that refer to each other in a circle, and helpers of fp-ts that look for others of their kind in this, do no harm.
  onwarn: ({ code, message }) => {
    if (code !== 'CIRCULAR_DEPENDENCY' && code !== 'THIS_IS_UNDEFINED') throw new Error(message)
  },
}
`,
  })
  project.node(tool('rollup/dist/bin/rollup'), { arguments: ['--config', 'rollup.config.mjs', '--silent'] })
  expect(project.node('bundle.mjs', { environment: { PUREGRAD_THREADS: '2' } })).toBe(`${expected}\n`)
})
