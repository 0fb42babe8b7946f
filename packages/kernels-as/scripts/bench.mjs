// Nanoseconds per element of unary float32 kernels, both variants interleaved, best of the rounds.
//   node scripts/bench.mjs [--ops exp,tanh] [--n 1000000] [--rounds 30] [--dtype f32]
import { parseArgs } from 'node:util'
import { loadKernels } from '../dist/index.js'

const { values } = parseArgs({
  options: {
    ops: { type: 'string', default: 'exp,exp2,expm1,log,log1p,tanh,logistic,sin,cos,erf,rsqrt,erfInv,lgamma' },
    n: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '30' },
    dtype: { type: 'string', default: 'f32' },
  },
})
const n = Number(values.n)
const positive = new Set(['log', 'log2', 'log10', 'sqrt', 'rsqrt', 'lgamma', 'digamma'])
const unit = new Set(['erfInv', 'asin', 'acos', 'atanh'])
const Typed = values.dtype === 'f64' ? Float64Array : Float32Array

const suites = ['simd', 'relaxed-simd'].map((variant) => {
  const { memory, heapBase, call } = loadKernels({ variant })
  const bytes = n * Typed.BYTES_PER_ELEMENT
  const from = (heapBase + 63) & ~63
  const to = (from + bytes + 63) & ~63
  memory.grow(Math.ceil((to + bytes) / 65536))
  const x = new Typed(memory.buffer, from, n)
  const fill = (op) => {
    for (let i = 0; i < n; i++) {
      const u = (i * 0.6180339887498949) % 1
      x[i] = positive.has(op) ? u * 10 + 1e-3 : unit.has(op) ? u * 1.998 - 0.999 : u * 20 - 10
    }
  }
  return { variant, fill, run: (op) => call[`${op}_${values.dtype}`](from, to, n) }
})

for (const op of values.ops.split(',')) {
  const best = suites.map(() => Number.POSITIVE_INFINITY)
  for (const { fill } of suites) fill(op)
  for (let round = 0; round < Number(values.rounds); round++)
    suites.forEach(({ run }, i) => {
      const start = performance.now()
      run(op)
      best[i] = Math.min(best[i], performance.now() - start)
    })
  const cells = suites.map(({ variant }, i) => `${variant} ${((best[i] * 1e6) / n).toFixed(3)} ns`)
  console.log(`${op.padEnd(10)} ${cells.join('   ')}`)
}
