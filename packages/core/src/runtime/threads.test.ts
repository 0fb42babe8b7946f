import { describe, expect, it } from 'vitest'
import { WorkerError } from '../errors.js'
import { jit, lax, np, random, type Tensor } from '../index.js'
import { signed } from '../wasm/encode.js'
import { configure } from './configuration.js'
import { controlBlock, encodeProgram } from './memory.js'
import { abandonJob, announce, nextProgram, startThreads, threadFunctions } from './threads.js'

configure({ threads: 3 })

const imports = [
  { module: 'threads', name: 'claim', parameters: 2, result: true },
  { module: 'threads', name: 'finish', parameters: 1, result: false },
]
/** A program whose help is `body`; its parameter is the epoch. */
const helper = (body: readonly number[]): { readonly id: number; readonly owner: object } => {
  const [id, owner] = [nextProgram(), {}]
  announce(owner, id, encodeProgram([{ parameters: 1, locals: [], body }], imports), 'f0')
  return { id, owner }
}

describe('threads', () => {
  it('give eager operations the bits that small ones have, which one thread computes', () => {
    const [a, b] = [1, 2].map((seed) => random.normal(random.key(seed), [301, 257])) as [Tensor, Tensor]
    const rows = (x: Tensor, first: number, count: number) => lax.slice(x, [first, 0], [first + count, 257])
    const starts = Array.from({ length: 43 }, (_, i) => i * 7)
    const inParts = (f: (x: Tensor) => Tensor) => np.concatenate(starts.map((s) => f(rows(a, s, 7))))
    for (const f of [
      (x: Tensor) => np.matmul(x, b.T),
      (x: Tensor) => lax.softmax(x),
      (x: Tensor) => np.exp(x).mul(2),
      (x: Tensor) => np.sum(np.square(x), { axis: 1 }),
      (x: Tensor) => np.transpose(x.reshape(x.shape[0] as number, 1, 257), [0, 2, 1]).reshape(-1, 257),
    ]) {
      expect(f(a).toArray()).toEqual(inParts(f).toArray())
    }
    const long = random.normal(random.key(3), [600_001])
    expect(lax.slice(np.tanh(long), [599_990], [600_001]).toArray()).toEqual(
      np.tanh(lax.slice(long, [599_990], [600_001])).toArray(),
    )
  })
  it('take jobs of programs that they were told of', () => {
    startThreads()
    // loop: claim(control, epoch) ≥ 0 → finish(control), again
    const control = [0x41, ...signed(controlBlock())]
    const { id } = helper([
      ...[
        0x03,
        0x40,
        ...control,
        0x20,
        0,
        0x10,
        0,
        0x41,
        0,
        0x4e,
        0x04,
        0x40,
        ...control,
        0x10,
        1,
        0x0c,
        1,
        0x0b,
        0x0b,
      ],
    ])
    const { publish, join } = threadFunctions()
    for (let i = 0; i < 100; i++) {
      publish(controlBlock(), id, 0, 7)
      // Nobody does it here.
      expect(join(controlBlock(), 7, 1)).toBe(0)
    }
  })
  it('leave an operation to the others when one fails, with an error that says so', () => {
    const { id } = helper([0x00])
    const { publish, join } = threadFunctions()
    publish(controlBlock(), id, 0, 1)
    expect(join(controlBlock(), 1, 1)).toBe(1)
    expect(abandonJob).toThrow(WorkerError)
    expect(abandonJob).not.toThrow()
    const [a, b] = [1, 2].map((seed) => random.normal(random.key(seed), [300, 300]))
    const product = jit((x: typeof a, y: typeof b) => np.matmul(x as never, y as never))
    expect(product(a, b).toArray()).toEqual(np.matmul(a as never, b as never).toArray())
  })
})
