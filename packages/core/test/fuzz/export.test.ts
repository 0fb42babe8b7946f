/** Exported binaries give the bits of the operations one by one, with kernels that have the same bits everywhere. */
import { configure, exportWasm, np, type Tensor, type WasmTensor } from '@puregrad/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inputOf, programOf, type Recipe, recipes } from './recipes.js'
import { outcome, ways } from './ways.js'

const programs = Number(process.env.PUREGRAD_FUZZ ?? 400) / 10
const seed = process.env.PUREGRAD_SEED === undefined ? {} : { seed: Number(process.env.PUREGRAD_SEED) }

configure({ deterministic: true })

const views = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint32: Uint32Array } as const

/** Runs the binary twice, so that it meets what it left behind. */
const runExported = (f: (...xs: Tensor[]) => readonly Tensor[], inputs: readonly Tensor[]): readonly Tensor[] => {
  const { wasm, description } = exportWasm(f, ...inputs)
  const { memory, run } = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as {
    readonly memory: WebAssembly.Memory
    readonly run: () => void
  }
  const view = ({ dtype, pointer, bytes }: WasmTensor) =>
    dtype === 'bool' || dtype === 'uint8'
      ? new Uint8Array(memory.buffer, pointer, bytes)
      : new views[dtype](memory.buffer, pointer, bytes / views[dtype].BYTES_PER_ELEMENT)
  for (let turn = 0; turn < 2; turn++) {
    inputs.forEach((x, i) => view(description.inputs[i] as WasmTensor).set(x.data()))
    run()
  }
  return description.outputs.map((y) => np.array(view(y).slice(), { dtype: y.dtype }).reshape(y.shape))
}

const check = (recipe: Recipe, way: string): void => {
  const f = ways[way]?.(programOf(recipe)) as (inputs: readonly Tensor[]) => readonly Tensor[]
  const inputs = recipe.inputs.map(inputOf)
  const expected = outcome(() => f(inputs))
  if (expected[0] === 'TransformError') return
  expect(outcome(() => runExported((...xs) => f(xs), inputs))).toEqual(expected)
}

it(`${programs} random programs give the bits that they give step by step`, () => {
  fc.assert(
    fc.property(recipes, fc.constantFrom('itself', 'itself', 'gradient', 'batches'), (recipe, way) =>
      check(recipe, way),
    ),
    { numRuns: programs, ...seed },
  )
}, 3_600_000)
