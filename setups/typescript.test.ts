import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeProject, type Project, tool } from './project.js'

/** A program that uses types of all kinds: trees, transforms, optional arguments, control flow, layers, states of optimisers. */
const source = `import { grad, jit, lax, np, pipe, random, scan, type Tensor, tree, valueAndGrad, vmap } from '@puregrad/core'
import { losses, dense, init, relu, serial } from '@puregrad/nn'
import { adam, applyUpdates, type GradientTransformation } from '@puregrad/optim'

interface Params {
  readonly w: Tensor
  readonly b: Tensor
}
const predict = (p: Params, x: Tensor): Tensor => pipe(x, np.matmul(p.w), np.add(p.b))
const squares = (p: Params, x: Tensor, y: Tensor): Tensor => np.mean(np.square(predict(p, x).sub(y)))
const step = jit((p: Params, x: Tensor, y: Tensor): Params => tree.map((w, g) => w.sub(g.mul(0.1)), p, grad(squares)(p, x, y)))
const fitted: Params = step({ w: np.zeros([2]), b: np.array(0) }, np.ones([4, 2]), np.ones([4]))
const each: Tensor = vmap(grad(squares), { inAxes: [null, 0, 0] })(fitted, np.ones([4, 2]), np.ones([4])).w
const [value, slopes]: readonly [Tensor, Params] = valueAndGrad(squares)(fitted, np.ones([4, 2]), np.ones([4]))
const [carry]: readonly [Tensor, unknown] = scan((c: Tensor, x: Tensor) => [c.add(x), c], np.array(0), np.ones([3]))
const drawn: Tensor = random.normal(random.key(0), [2])
const update = <S,>(optimizer: GradientTransformation<S>, p: Params): Params =>
  applyUpdates(p, optimizer.update(slopes, optimizer.init(p), p)[0])
update(adam(0.1), fitted)
if (each.ndim !== 2 || value.ndim !== 0 || carry.item() !== 3 || drawn.size !== 2) throw new Error('wrong')
`
const wrong = `import { grad, np } from '@puregrad/core'
// @ts-expect-error
np.matmul('x', 3)
// @ts-expect-error
grad((x: { readonly w: import('@puregrad/core').Tensor }) => x.w.sum())({ v: np.array(1) })
`
const testing = `import { checkGrads, tensors, type Tolerance } from '@puregrad/core/testing'
import { np } from '@puregrad/core'
const near: Tolerance | undefined = undefined
checkGrads((x) => np.square(x), [np.array(3)])
tensors({})
export { near }
`

let project: Project
beforeAll(() => {
  project = makeProject(['fast-check'])
})
afterAll(() => project.remove())

const lowest = '5.4'
const checker = (version: string): string =>
  version === 'own'
    ? new URL('../node_modules/typescript/bin/tsc', import.meta.url).pathname
    : tool(`typescript-${version}/bin/tsc`)

/** What TypeScript of a version says of a project's files, or nothing. */
const check = (
  version: string,
  module: string,
  moduleResolution: string,
  files: readonly string[],
  more: object = {},
): string => {
  project.write({
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        target: 'ES2022',
        lib: ['ES2023', 'DOM'],
        types: [],
        strict: true,
        module,
        moduleResolution,
        noEmit: true,
        ...more,
      },
      files,
    }),
  })
  try {
    return project.node(checker(version), { arguments: ['-p', 'tsconfig.json'] })
  } catch (error) {
    return String(error)
  }
}

describe('TypeScript', () => {
  beforeAll(() => {
    project.write({
      'program.mts': source + wrong.replace(/import .*\n/, ''),
      'program.cts': source + wrong.replace(/import .*\n/, ''),
      'testing.mts': testing,
      'testing.cts': testing,
      'program.ts': source + wrong.replace(/import .*\n/, ''),
      'testing.ts': testing,
      // A tensor of one world is a tensor of the other.
      'mixed.cts': "import { np } from '@puregrad/core'\nexport const x = np.array([1, 2])\n",
      'mixed.mts':
        "import { np, type Tensor } from '@puregrad/core'\nimport { x } from './mixed.cjs'\nexport const y: Tensor = np.add(x, 1)\n",
    })
  })
  const all = ['program.mts', 'program.cts', 'testing.mts', 'testing.cts', 'mixed.cts', 'mixed.mts']

  it.each([lowest, '5.9', 'own'])('%s checks ES modules and CommonJS under nodenext, declarations too', (version) => {
    expect(check(version, 'nodenext', 'nodenext', all)).toBe('')
  })

  it.each([lowest, '5.9', 'own'])('%s checks them under node16', (version) => {
    expect(check(version, 'node16', 'node16', all)).toBe('')
  })

  it(`${lowest} checks them for bundlers and as before there were exports maps`, () => {
    expect(check(lowest, 'esnext', 'bundler', ['program.ts', 'testing.ts'])).toBe('')
    // Declarations of fast-check cannot be found in that way by themselves.
    expect(check(lowest, 'commonjs', 'node10', ['program.ts', 'testing.ts'], { skipLibCheck: true })).toBe('')
  })

  it('5.3 is too old, as the documentation says', () => {
    expect(check('5.3', 'nodenext', 'nodenext', ['program.mts'])).toMatch(/NoInfer/)
  })

  it(`${lowest} makes a CommonJS program of a .cts file, which runs`, () => {
    project.write({
      'run.cts': `import { grad, np, type Tensor } from '@puregrad/core'
declare const console: { readonly log: (text: string) => void }
console.log(JSON.stringify(grad((x: Tensor) => np.sum(np.square(x)))(np.array([3, 4])).toArray()))
`,
    })
    expect(check(lowest, 'nodenext', 'nodenext', ['run.cts'], { noEmit: false })).toBe('')
    expect(project.node('run.cjs')).toBe('[6,8]\n')
  })
})
