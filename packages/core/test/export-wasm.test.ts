/** Exported functions, run by nothing but the engine. */
import { exportWasm, foriLoop, grad, jit, np, random, scan, type Tensor, tree, type WasmExport } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const views = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint32: Uint32Array } as const

/** A host that knows the binary and its description only. */
const host = ({ wasm, description }: WasmExport) => {
  const module = new WebAssembly.Module(wasm)
  expect(WebAssembly.Module.imports(module)).toEqual([])
  const exports = new WebAssembly.Instance(module).exports as unknown as {
    readonly memory: WebAssembly.Memory
    readonly run: () => void
  }
  expect(exports.memory.buffer.byteLength).toBe(description.memoryBytes)
  const view = ({ dtype, pointer, bytes }: (typeof description.inputs)[number]) =>
    dtype === 'bool' || dtype === 'uint8'
      ? new Uint8Array(exports.memory.buffer, pointer, bytes)
      : new views[dtype](exports.memory.buffer, pointer, bytes / views[dtype].BYTES_PER_ELEMENT)
  return (...inputs: readonly Tensor[]) => {
    inputs.forEach((x, i) => view(description.inputs[i] as (typeof description.inputs)[number]).set(x.data()))
    exports.run()
    return description.outputs.map((y) => view(y).slice())
  }
}

const normal = (shape: readonly number[], seed: number): Tensor => random.normal(random.key(seed), shape)

describe('an exported function', () => {
  it('runs in a bare engine, again and again', () => {
    const w = normal([4, 3], 1)
    const predict = (x: Tensor): Tensor => np.tanh(np.matmul(x, w)).add(np.array([1, 2, 3]))
    const run = host(exportWasm(predict, np.zeros([5, 4])))
    for (const seed of [2, 3]) {
      const x = normal([5, 4], seed)
      const [y] = run(x)
      ;[...(predict(x).data() as Float32Array)].forEach((v, i) => expect(y?.[i]).toBeCloseTo(v, 5))
    }
  })
  it('describes its arguments and results by path, with fixed places', () => {
    const { description } = exportWasm(
      (p: { readonly w: Tensor; readonly b: Tensor }, n: Tensor) => ({ y: p.w.mul(p.b).sum(), even: n.mod(2).eq(0) }),
      { w: np.zeros([2, 3]), b: np.array(1, { dtype: 'float32' }) },
      np.zeros([4], { dtype: 'int32' }),
    )
    expect(description.inputs.map(({ path, shape, dtype, bytes }) => [path, shape, dtype, bytes])).toEqual([
      ['[0].b', [], 'float32', 4],
      ['[0].w', [2, 3], 'float32', 24],
      ['[1]', [4], 'int32', 16],
    ])
    expect(description.outputs.map(({ path, dtype, bytes }) => [path, dtype, bytes])).toEqual([
      ['.even', 'bool', 4],
      ['.y', 'float32', 4],
    ])
    expect(JSON.parse(JSON.stringify(description))).toEqual(description)
  })
  it('may be a whole training step, with loops and branches', () => {
    type Params = { readonly w: Tensor; readonly b: Tensor }
    const loss = (p: Params, x: Tensor): Tensor =>
      np.mean(
        np.square(
          scan((c: Tensor, e: Tensor): readonly [Tensor, null] => [np.tanh(c.mul(p.w).add(e)), null], p.b, x)[0],
        ),
      )
    const step = (p: Params, x: Tensor): Params =>
      foriLoop(0, 3, (_: Tensor, q: Params) => tree.map((v, g) => v.sub(g.mul(0.1)), q, grad(loss)(q, x)) as Params, p)
    const p = { w: normal([6], 1), b: normal([6], 2) }
    const x = normal([5, 6], 3)
    const [b, w] = host(exportWasm(step, p, x))(p.b, p.w, x)
    const expected = jit(step)(p, x)
    for (const [ours, theirs] of [
      [b, expected.b],
      [w, expected.w],
    ] as const) {
      ;[...(theirs.data() as Float32Array)].forEach((v, i) => expect(ours?.[i]).toBeCloseTo(v, 5))
    }
  })
  it('has the kernels that it needs, not the others', () => {
    const size = (f: (x: Tensor) => unknown): number => exportWasm(f, np.zeros([8, 8])).wasm.length
    expect(size((x) => x.add(1))).toBeLessThan(60_000)
    expect(size((x) => np.linalg.svd(x))).toBeGreaterThan(size((x) => x.add(1)))
  })
  it('hands inputs and constants on', () => {
    const constant = np.array([7, 8])
    const run = host(exportWasm((x: Tensor) => [x, constant, x, np.array(3)] as const, np.zeros([2])))
    expect(run(np.array([1, 2])).map((y) => [...y])).toEqual([[1, 2], [7, 8], [1, 2], [3]])
  })
  it('closes over no tracer', () => {
    const inside = (w: Tensor): Tensor => {
      exportWasm((x: Tensor) => x.mul(w), np.zeros([2]))
      return w
    }
    expect(() => grad(inside)(np.array(1))).toThrow('Export outside of grad, vmap and jit')
  })
})
