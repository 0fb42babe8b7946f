// Runs many steps in one synchronous loop over the built package, and prints resident bytes after warm-up and at the end.
// node steps.mjs eager|jitted STEPS
import { grad, jit, np, tree } from '@puregrad/core'

const [mode, steps] = [process.argv[2], Number(process.argv[3])]
const size = 4096 // elements: 16 KiB a tensor, so that keeping every result would take gigabytes
const x = np.sin(np.arange(size).astype('float32'))
const params = { w: np.ones([size]), b: np.zeros([size]) }
const loss = (p) => np.square(x.mul(p.w).add(p.b)).mean()
const descend = (p) => tree.map((w, g) => w.sub(g.mul(0.1)), p, grad(loss)(p))
const step = mode === 'jitted' ? jit(descend) : (p) => ({ w: p.w.mul(0.999), b: p.b.add(p.w) })

let p = params
let afterWarmUp = 0
let highest = 0
for (let i = 0; i < steps; i++) {
  p = step(p)
  if (i === Math.floor(steps / 4)) afterWarmUp = process.memoryUsage().rss
  if (i > steps / 4 && i % 100 === 0) highest = Math.max(highest, process.memoryUsage().rss)
}
console.log(JSON.stringify({ afterWarmUp, highest, last: p.w.slice(0).item() }))
