/**
 * Damaged programs: every mutant of the JSON of every primitive's samples is refused by a tagged error, or runs, with the same
 * bits eagerly and jitted. `PUREGRAD_MUTANTS=100000 npx vitest run program-fuzz` tries more.
 */
import {
  type DType,
  evaluateProgram,
  jit,
  lax,
  makeProgram,
  np,
  type Program,
  PuregradError,
  programFromJson,
  programToJson,
  type Shape,
  type Tensor,
} from '@puregrad/core'
import { primitiveTable } from '@puregrad/core/testing'
import * as Either from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { sampled } from './matrix/table.js'
import { mutant, type Pool, places, randomFrom } from './program-mutants.js'

const count = Number(process.env.PUREGRAD_MUTANTS ?? 3000)
const seed = Number(process.env.PUREGRAD_SEED ?? 1)

const jsonOf = (f: (args: readonly Tensor[]) => unknown, args: readonly Tensor[]): unknown => {
  const written = programToJson(makeProgram((...xs: Tensor[]) => f(xs))(...args))
  return Either.isRight(written) ? JSON.parse(JSON.stringify(written.right)) : null
}

/** Rules of the user are functions, which no file holds. */
const written = [...sampled].flatMap(([name, samples]) =>
  samples.flatMap((sample) => {
    const json = jsonOf(sample.run, sample.args)
    return json === null ? [] : [{ name, json, args: sample.args }]
  }),
)

const at = (value: unknown, place: readonly (string | number)[]): unknown =>
  place.reduce<unknown>((x, key) => (x as Readonly<Record<string | number, unknown>>)[key], value)

const pool: Pool = {
  params: written.flatMap(({ json }) =>
    places(json)
      .filter((p) => p[p.length - 1] === 'params')
      .map((p) => at(json, p)),
  ),
  programs: written.flatMap(({ json }) => [
    json,
    ...places(json)
      .map((p) => at(json, p))
      .filter((value) => typeof value === 'object' && value !== null && 'version' in value),
  ]),
}

const sizeOf = (shape: Shape): number => shape.reduce((size, n) => size * n, 1)

const nestedIn = (params: object): readonly Program[] =>
  Object.values(params)
    .flat()
    .filter((p): p is Program => typeof p === 'object' && p !== null && 'equations' in p)

/** Elements that a run touches, roughly. */
const workOf = (program: Program): number =>
  program.equations.reduce(
    (sum, { inputs, outputs, params }) =>
      sum +
      [...inputs, ...outputs].reduce((n, v) => n + sizeOf(v.abstract.shape), 1) *
        (Array.isArray(params.window) ? sizeOf(params.window as Shape) : 1) +
      nestedIn(params).reduce((n, p) => n + workOf(p), 0) * (typeof params.length === 'number' ? params.length : 1),
    0,
  )

const hasLoop = (program: Program): boolean =>
  program.equations.some((e) => e.primitive.name === 'while' || nestedIn(e.params).some(hasLoop))

/** Whether loops end soon, found out step by step; null if they are in a place where that is not seen. */
const ends = (program: Program, inputs: readonly Tensor[]): readonly Tensor[] | null => {
  const values = new Map<unknown, Tensor>()
  program.inputs.forEach((v, i) => values.set(v, inputs[i] as Tensor))
  const read = (a: Program['outputs'][number]): Tensor =>
    'value' in a ? (a.value as Tensor) : (values.get(a) as Tensor)
  for (const equation of program.equations) {
    const operands = equation.inputs.map(read)
    let results: readonly Tensor[] | null = null
    const {
      condition,
      body,
      conditionConstants: c,
      bodyConstants: b,
      program: inner,
    } = equation.params as never as {
      readonly condition: Program
      readonly body: Program
      readonly conditionConstants: number
      readonly bodyConstants: number
      readonly program: Program
    }
    if (equation.primitive.name === 'while') {
      let carry = operands.slice(c + b)
      for (let step = 0; step < 100 && results === null; step++) {
        const [goesOn] = evaluateProgram(condition, [...operands.slice(0, c), ...carry])
        if (goesOn?.item<boolean>()) carry = [...evaluateProgram(body, [...operands.slice(c, c + b), ...carry])]
        else results = carry
      }
    } else if (!nestedIn(equation.params).some(hasLoop)) {
      results = evaluateProgram(
        { inputs: [], equations: [{ ...equation, inputs: operands.map(literal) }], outputs: equation.outputs },
        [],
      )
    } else if (inner !== undefined) results = ends(inner, operands)
    if (results === null) return null
    equation.outputs.forEach((v, i) => values.set(v, (results as readonly Tensor[])[i] as Tensor))
  }
  return program.outputs.map(read)
}

/** A tensor as a constant of a program. */
const literal = (x: Tensor): Program['outputs'][number] =>
  makeProgram(() => x)().outputs[0] as Program['outputs'][number]

const exampleOf = (shape: Shape, dtype: DType, like: Tensor | undefined): Tensor => {
  if (like !== undefined && like.dtype === dtype && like.shape.join() === shape.join()) return like
  return lax.convertElementType(np.reshape(np.arange(sizeOf(shape)), shape), dtype)
}

/** What it gives, or the tag of the error. @throws other errors */
const outcome = (run: () => readonly Tensor[]): string => {
  try {
    return run()
      .map(
        (t) =>
          `${t.dtype}${JSON.stringify(t.shape)} ${Array.from(t.data(), (x) => (Object.is(x, -0) ? '-0' : String(x))).join()}`,
      )
      .join(';')
  } catch (error) {
    if (error instanceof PuregradError) return error._tag
    throw error
  }
}

type Verdict = 'refused' | 'run' | 'too long'

const tryOut = (json: unknown, args: readonly Tensor[]): Verdict => {
  const read = programFromJson(json)
  if (Either.isLeft(read)) {
    expect(read.left._tag).toBe('ProgramJsonError')
    expect(read.left.path).toMatch(/^program/)
    return 'refused'
  }
  const program = read.right
  const total = program.inputs.reduce((n, v) => n + sizeOf(v.abstract.shape), workOf(program))
  if (total > 1e5) return 'too long'
  const inputs = program.inputs.map(({ abstract: { shape, dtype } }, i) => exampleOf(shape, dtype, args[i]))
  if (hasLoop(program)) {
    try {
      if (ends(program, inputs) === null) return 'too long'
    } catch (error) {
      if (!(error instanceof PuregradError)) throw error
    }
  }
  const eager = outcome(() => evaluateProgram(program, inputs))
  const jitted = outcome(() => jit((...xs: Tensor[]) => evaluateProgram(program, xs))(...inputs))
  expect(jitted).toBe(eager)
  return 'run'
}

type TypeJson = readonly [dtype: DType, shape: Shape]

/** The equations of all samples without those that hold programs, each with the types of its operands. */
const equations = pool.programs.flatMap((program) => {
  const { inputs, equations: body } = program as {
    readonly inputs: readonly (readonly [number, DType, Shape])[]
    readonly equations: readonly {
      readonly primitive: string
      readonly params: object
      readonly inputs: readonly (number | { readonly value: TypeJson })[]
      readonly outputs: readonly (readonly [number, DType, Shape])[]
    }[]
  }
  const types = new Map([...inputs, ...body.flatMap((e) => e.outputs)].map(([id, ...type]) => [id, type as TypeJson]))
  return body
    .filter(({ params }) => !JSON.stringify(params).includes('"program"'))
    .map(({ primitive, params, inputs: operands }) => ({
      primitive,
      params,
      operands: operands.map((a) =>
        typeof a === 'number' ? (types.get(a) as TypeJson) : ([a.value[0], a.value[1]] as const),
      ),
    }))
})

/** A program of one equation whose results have the types that abstract evaluation gives; null if it refuses. */
const single = (primitive: string, params: object, operands: readonly TypeJson[]): unknown => {
  const types = operands.map(([dtype, shape]) => ({ dtype, shape, weakType: false }))
  try {
    const results = primitiveTable.get(primitive)?.abstract(types, params as never) ?? []
    return {
      version: 1,
      inputs: operands.map(([dtype, shape], i) => [i, dtype, shape]),
      equations: [
        {
          primitive,
          inputs: operands.map((_, i) => i),
          params,
          outputs: results.map(({ dtype, shape, weakType }, i) => [
            operands.length + i,
            dtype,
            shape,
            ...(weakType ? [true] : []),
          ]),
        },
      ],
      outputs: results.map((_, i) => operands.length + i),
    }
  } catch (error) {
    if (error instanceof PuregradError) return null
    throw error
  }
}

describe('abstract evaluation', () => {
  it('of damaged parameters and operands refuses, or gives types with which the equation runs', () => {
    const random = randomFrom(seed + 1)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    const verdicts: Record<Verdict, number> = { refused: 0, run: 0, 'too long': 0 }
    const sizes = [0, 1, 2, 3, 5]
    const damagedType = ([dtype, shape]: TypeJson): TypeJson => {
      const way = Math.floor(random() * 4)
      if (way === 0) return [pick(['float32', 'float64', 'int32', 'uint32', 'uint8', 'bool'] as const), shape]
      if (way === 1) return [dtype, [...shape, pick(sizes)]]
      if (way === 2) return [dtype, shape.slice(1)]
      const axis = Math.floor(random() * shape.length)
      return [dtype, shape.map((n, i) => (i === axis ? pick(sizes) : n))]
    }
    for (let i = 0; i < count; i++) {
      const { primitive, params, operands } = pick(equations)
      const damagedParams =
        random() < 0.7 ? (mutant({ params }, pool, random) as { readonly params: object }).params : params
      const first = damagedType(operands[0] ?? ['int32', []])
      const types =
        random() < 0.5
          ? operands
          : random() < 0.5
            ? operands.map(() => first)
            : operands.map((t) => (random() < 0.5 ? damagedType(t) : t))
      if (typeof damagedParams !== 'object' || damagedParams === null) continue
      try {
        const json = single(primitive, damagedParams, types)
        verdicts[json === null ? 'refused' : tryOut(json, [])]++
      } catch (error) {
        throw new Error(
          `${primitive}, equation ${i}: ${error instanceof Error ? error.message : error}\n${JSON.stringify([damagedParams, types])}`,
        )
      }
    }
    if (process.env.PUREGRAD_MUTANTS !== undefined) console.log(verdicts)
    expect(verdicts.run).toBeGreaterThan(count / 20)
  }, 600_000)
})

describe('a damaged program', () => {
  it('of every primitive that can be written down is tried', () => {
    const rules = [
      'customJvp',
      'customVjp',
      'customPullback',
      'psum',
      'pmax',
      'pmin',
      'allGather',
      'ppermute',
      'axisIndex',
    ]
    const names = new Set(
      pool.programs.flatMap((p) => [...JSON.stringify(p).matchAll(/"primitive":"(\w+)"/g)].map((m) => m[1])),
    )
    expect([...primitiveTable.keys()].filter((name) => !names.has(name) && !rules.includes(name))).toEqual([])
  })
  it('is refused, or runs with the same bits eagerly and jitted', () => {
    const random = randomFrom(seed)
    const verdicts: Record<Verdict, number> = { refused: 0, run: 0, 'too long': 0 }
    for (let i = 0; i < count; i++) {
      const { name, json, args } = written[Math.floor(random() * written.length)] as (typeof written)[number]
      const damaged = mutant(json, pool, random)
      try {
        verdicts[tryOut(damaged, args)]++
      } catch (error) {
        throw new Error(
          `${name}, mutant ${i}: ${error instanceof Error ? error.message : error}\n${JSON.stringify(json)}\n${JSON.stringify(damaged)}`,
        )
      }
    }
    if (process.env.PUREGRAD_MUTANTS !== undefined) console.log(verdicts)
    expect(verdicts.refused).toBeGreaterThan(count / 4)
    expect(verdicts.run).toBeGreaterThan(count / 20)
  }, 600_000)
})
