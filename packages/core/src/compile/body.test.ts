import { linkModule } from '@puregrad/kernels-as'
import { describe, expect, it } from 'vitest'
import { encodeModule } from '../wasm/encode.js'
import { fromCell, inConstants } from './address.js'
import { programFunctions } from './body.js'
import type { Code } from './code.js'

const table = 64
const constants = 1024
const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
const ints = new Int32Array(memory.buffer)
const bytes = new Uint8Array(memory.buffer)

/** Runs the code over a memory of zeros, with a kernel that adds `by` to the int32 at `at` and returns it. */
const run = (code: readonly Code[], setUp: () => void = () => {}): number => {
  bytes.fill(0)
  setUp()
  const { functions } = programFunctions(
    code,
    {
      constants,
      table,
      functionIndex: (f) => (typeof f === 'number' ? f + 1 : 0),
      returns: () => true,
      threads: null,
    },
    0,
  )
  const binary = encodeModule(functions, { maximumPages: 1, shared: false }, [
    { module: 'kernels', name: 'add', parameters: 2, result: true },
  ])
  const add = (at: number, by: number): number => {
    ints[at / 4] = (ints[at / 4] as number) + by
    return at
  }
  const exports = linkModule(binary, memory, { kernels: { add: add as (...args: number[]) => unknown } })
  exports[`f${functions.length - 1}`]?.()
  return functions.length
}

const add = (at: number, by: number): Code => ({ kind: 'call', target: 'add', args: [at, by] })

describe('program functions', () => {
  it('address memory, constants and cells of the pointer table', () => {
    run([add(512, 1), add(inConstants(8), 2), { kind: 'point', cell: 3, to: 256 }, add(fromCell(3) + 4, -3)])
    expect([ints[128], ints[(constants + 8) / 4], ints[65]]).toEqual([1, 2, -3])
  })
  it('copy, point, swap and move on', () => {
    const [a, b] = [fromCell(0), fromCell(1)]
    run(
      [
        { kind: 'point', cell: 0, to: 256 },
        { kind: 'point', cell: 1, to: 512 },
        { kind: 'swap', cells: [0, 1] },
        add(a, 1),
        { kind: 'point', cell: 1, to: b - 16 },
        add(b, 5),
        { kind: 'copy', from: b, to: a + 4, bytes: 4 },
      ],
      () => {
        ints[60] = 7
      },
    )
    expect([ints[128], ints[60], ints[129]]).toEqual([1, 12, 12])
  })
  it('repeat nothing, once and often, also inside each other', () => {
    for (const [outer, inner] of [
      [0, 3],
      [1, 1],
      [4, 5],
    ] as const) {
      run([{ kind: 'repeat', count: outer, body: [{ kind: 'repeat', count: inner, body: [add(512, 1)] }] }])
      expect(ints[128]).toBe(outer * inner)
    }
  })
  it('run while a byte is not 0', () => {
    const loop: Code = {
      kind: 'while',
      test: [{ kind: 'copy', from: 512, to: 600, bytes: 1 }],
      flag: 600,
      body: [add(512, -1), add(516, 1)],
    }
    run([loop], () => {
      ints[128] = 9
    })
    expect([ints[128], ints[129]]).toEqual([0, 9])
  })
  it('run one branch, the last for numbers beyond', () => {
    const branch: Code = { kind: 'branch', index: 512, branches: [[add(516, 1)], [add(516, 10)], [add(516, 100)]] }
    const results = [0, 1, 2, 3, -1].map((index) => {
      run([branch, add(520, 1)], () => {
        ints[128] = index
      })
      return [ints[129], ints[130]]
    })
    expect(results).toEqual([
      [1, 1],
      [10, 1],
      [100, 1],
      [100, 1],
      [100, 1],
    ])
  })
  it('are several where a line is long', () => {
    const many = Array.from({ length: 1000 }, () => add(512, 1))
    expect(run([{ kind: 'repeat', count: 2, body: many }])).toBe(5)
    expect(ints[128]).toBe(2000)
  })
})
