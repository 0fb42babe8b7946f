// Prints a digest of the results of large jitted operations, after the threads have had time to join in.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { grad, jit, lax, np, random, scan } from '@puregrad/core'

const normal = (shape, seed) => random.normal(random.key(seed), shape)
const digest = (x) => createHash('sha256').update(x.data()).digest('hex').slice(0, 16)
const image = normal([8, 20, 20, 16], 1)
const kernel = normal([3, 3, 16, 24], 2)
const conv = (x, k) => lax.convGeneralDilated(x, k, [1, 1], 'SAME', { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] })
const pool = (x) => lax.reduceWindow(x, -Infinity, lax.max, [1, 2, 2, 1], [1, 2, 2, 1], 'VALID')

const work = {
  tall: () => jit((a, b) => a.matmul(b))(normal([301, 170], 1), normal([170, 67], 2)),
  wide: () => jit((a, b) => a.T.matmul(b.T))(normal([170, 67], 1), normal([301, 170], 2)),
  batched: () => jit((a, b) => a.matmul(b))(normal([9, 80, 70], 1), normal([9, 70, 50], 2)),
  chain: () => jit((a, b) => np.maximum(a.mul(b).add(b), 0).sub(a))(normal([777, 333], 1), normal([333], 2)),
  row: () => jit((a, b) => np.maximum(a.mul(b).add(b), 0).sub(a))(normal([300_001], 1), normal([300_001], 2)),
  exp: () => jit((a) => np.exp(a))(normal([300_001], 1)),
  power: () => jit((a, b) => np.power(np.abs(a), b))(normal([500, 300], 1), normal([300], 2)),
  transpose: () => jit((a) => lax.rev(a.T, [0]))(normal([500, 300], 1)),
  softmax: () => jit((a) => lax.softmax(a, 1))(normal([400, 333], 1)),
  sums: () =>
    jit((a) => np.concatenate([a.sum({ axis: 2 }).reshape([-1]), a.max({ axis: 1 }).reshape([-1])]))(
      normal([40, 70, 90], 1),
    ),
  convGradient: () =>
    jit((x, k) =>
      np.concatenate(
        grad((a, b) => np.sum(np.square(pool(conv(a, b)))), { argnums: [0, 1] })(x, k).map((g) => g.reshape([-1])),
      ),
    )(image, kernel),
  loop: () =>
    jit((a) => scan((c) => [np.tanh(c.matmul(c).mul(0.01)), c.sum({ axis: 1 })], a, null, { length: 5 })[1])(
      normal([128, 128], 3),
    ),
}

const results = {}
for (const f of Object.values(work)) f()
await sleep(300)
for (let round = 0; round < 5; round++) {
  for (const [name, f] of Object.entries(work)) {
    const found = digest(f())
    if (results[name] !== undefined && results[name] !== found) throw new Error(`${name} changes from run to run`)
    results[name] = found
  }
}
console.log(JSON.stringify(results))
