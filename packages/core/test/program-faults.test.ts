/** Programs from elsewhere that ask for what is not there: refused, with the equation and the parameter. */
import {
  cond,
  evaluateProgram,
  exportWasm,
  jit,
  lax,
  makeProgram,
  np,
  type Program,
  ProgramError,
  programFromJson,
  programToJson,
  scan,
  type Tensor,
  vmap,
  whileLoop,
} from '@puregrad/core'
import { primitiveTable } from '@puregrad/core/testing'
import * as Either from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

const programs: Readonly<Record<string, Program>> = {
  while: makeProgram((x: Tensor) =>
    whileLoop(
      (c: Tensor) => c.sum().lt(10),
      (c: Tensor) => c.mul(2).add(x),
      x,
    ),
  )(np.ones([24])),
  scan: makeProgram((c: Tensor, x: Tensor) => scan((a: Tensor, b: Tensor) => [a.add(b), a] as const, c, x))(
    np.array(0),
    np.ones([5]),
  ),
  cond: makeProgram((x: Tensor) =>
    cond(
      x.sum().gt(0),
      (y: Tensor) => y,
      (y: Tensor) => y.neg(),
      x,
    ),
  )(np.ones([3])),
  rev: makeProgram((x: Tensor) => lax.rev(x, [0]))(np.ones([3])),
  slice: makeProgram((x: Tensor) => lax.slice(x, [0], [4], [2]))(np.ones([5])),
  cumsum: makeProgram((x: Tensor) => lax.cumsum(x))(np.ones([5])),
}

interface Written {
  readonly equations: { primitive: string; params: Record<string, unknown> }[]
}

/** The JSON of a program with one parameter of its equation `primitive` changed. */
const changed = (name: string, parameter: string, change: (value: never) => unknown): unknown => {
  const written = programToJson(programs[name] as Program)
  const json = JSON.parse(JSON.stringify(Either.isRight(written) ? written.right : null)) as Written
  for (const e of json.equations) if (e.primitive === name) e.params[parameter] = change(e.params[parameter] as never)
  return json
}

const growBody = (value: { program: { inputs: unknown[][] } }): unknown => {
  for (const input of value.program.inputs) input[2] = [3e8]
  return value
}

const faults: readonly (readonly [string, string, unknown])[] = [
  ['while', 'conditionConstants', 100],
  ['while', 'bodyConstants', -1],
  ['while', 'condition', 0],
  ['scan', 'length', 6],
  ['scan', 'length', '5'],
  ['scan', 'constants', -1],
  ['scan', 'carries', 0.5],
  ['scan', 'carries', 9],
  ['scan', 'reverse', 1e308],
  ['cond', 'branches', []],
  ['rev', 'dimensions', [1]],
  ['rev', 'dimensions', [0, 0]],
  ['slice', 'strides', [1.5]],
  ['slice', 'strides', [Number.NaN]],
  ['slice', 'limit', [6]],
  ['slice', 'start', '0'],
  ['cumsum', 'reverse', 1e308],
  ['cumsum', 'axis', 1],
]

describe('a program from JSON', () => {
  it.each(faults)('is refused: %s with %s = %j', (name, parameter, value) => {
    const read = programFromJson(changed(name, parameter, () => value))
    expect(read).toMatchObject({
      left: { _tag: 'ProgramJsonError', path: expect.stringMatching(/^program\.equations\[\d\]/) },
    })
    expect(Either.isLeft(read) && `${read.left.path} ${read.left.message}`).toContain(parameter)
  })
  it('is refused if a nested program declares other types than its operands have', () => {
    expect(programFromJson(changed('while', 'body', growBody as never))).toMatchObject({
      left: { path: expect.stringContaining('params.body') },
    })
  })
  it('is refused, not read without end, if it is 20,000 levels deep', () => {
    let deep: unknown = []
    for (let i = 0; i < 20_000; i++) deep = [deep]
    const read = programFromJson(changed('rev', 'dimensions', () => deep))
    expect(read).toMatchObject({ left: { message: expect.stringContaining('deeper') } })
  })
  it.each([
    ['bool', 2],
    ['uint8', 256],
    ['int32', 0.5],
    ['float32', 1e308],
    ['float32', '1.5'],
    ['int32', 'NaN'],
  ])('holds no constant %s %s', (dtype, value) => {
    const json = { version: 1, inputs: [], equations: [], outputs: [{ value: [dtype, [1], [value]] }] }
    expect(programFromJson(json)).toMatchObject({ left: { path: 'program.outputs[0]' } })
  })
  it('takes the last branch for an index beyond, eagerly and jitted', () => {
    const base = changed('cond', 'branches', (b) => b) as { equations: { primitive: string; inputs: unknown[] }[] }
    for (const e of base.equations) if (e.primitive === 'cond') e.inputs[0] = { value: ['int32', [], [7]] }
    const read = programFromJson(base)
    if (Either.isLeft(read)) throw new Error(read.left.message)
    const run = (x: Tensor): readonly Tensor[] => evaluateProgram(read.right, [x])
    expect(run(np.ones([3]))[0]?.toArray()).toEqual([1, 1, 1])
    expect(jit(run)(np.ones([3]))[0]?.toArray()).toEqual([1, 1, 1])
  })
  it('that was traced under an axis of another size does not run under this one', () => {
    const equation = {
      primitive: 'allGather',
      inputs: [0],
      params: { axisName: 'i', size: 5 },
      outputs: [[1, 'float32', [5]]],
    }
    const read = programFromJson({ version: 1, inputs: [[0, 'float32', []]], equations: [equation], outputs: [1] })
    if (Either.isLeft(read)) throw new Error(read.left.message)
    const f = vmap((x: Tensor) => evaluateProgram(read.right, [x]), { axisName: 'i' })
    expect(f(np.ones([5]))[0]?.shape).toEqual([5, 5])
    expect(() => f(np.ones([4]))).toThrow(/size 4 here, and 5/)
  })
})

describe('a program by hand', () => {
  const rev = programs.rev as Program
  const wrong: Program = { ...rev, equations: rev.equations.map((e) => ({ ...e, params: { dimensions: [7] } })) }
  const x = np.ones([3])
  it.each([
    ['evaluateProgram', () => evaluateProgram(wrong, [x])],
    ['jit', () => jit((v: Tensor) => evaluateProgram(wrong, [v]))(x)],
    ['exportWasm', () => exportWasm((v: Tensor) => evaluateProgram(wrong, [v]), x)],
  ])('is refused by %s', (_, run) => {
    expect(run).toThrow(ProgramError)
    expect(run).toThrow(/equations\[0\]\.params\.dimensions: rev: dimensions is \[7\]/)
  })
  it('gets as many inputs as it takes, of their types', () => {
    expect(() => evaluateProgram(rev, [])).toThrow(/takes 1 inputs \(float32\[3\]\), not 0/)
    expect(() => evaluateProgram(rev, [np.ones([4])])).toThrow(/input 0 is float32\[4\]/)
  })
  it('cannot be changed once it was handed out', () => {
    const [equation] = rev.equations
    const parts = [
      rev,
      rev.equations,
      equation,
      equation?.params,
      equation?.params.dimensions,
      rev.inputs[0]?.abstract.shape,
    ]
    expect(parts.every((part) => typeof part === 'object' && Object.isFrozen(part))).toBe(true)
  })
})

describe('every primitive', () => {
  it.each([...primitiveTable.values()])(
    '$name declares its operands, and a type for each parameter',
    ({ operands, parameters }) => {
      expect(operands).toBeDefined()
      for (const { accepts, wanted } of Object.values(parameters)) {
        expect(wanted).not.toBe('')
        expect(accepts(Symbol.iterator, [{ shape: [2, 3], dtype: 'float32', weakType: false }])).toBe(false)
      }
    },
  )
})
