/**
 * The MLP training step planned by hand over the kernels of puregrad: what the step costs without a library. Fixed to
 * 784-512-512-10, batch 128, Adam; biases, activations and updates are fused by hand, and nothing is copied in or out.
 */
import { gemm } from '../../packages/kernels-as/assembly/gemm'
import { fma, fnma } from '../../packages/kernels-as/assembly/simd'

const batch: i32 = 128, inputs: i32 = 784, hidden: i32 = 512, classes: i32 = 10
const row: usize = hidden * 4, logits: usize = classes * 4, allLogits: usize = batch * classes * 4

// Parameters, gradients and moments lie the same way, each layer's matrix and bias after the other.
const b1: usize = inputs * hidden * 4
const w2: usize = b1 + hidden * 4
const b2: usize = w2 + hidden * hidden * 4
const w3: usize = b2 + hidden * 4
const b3: usize = w3 + hidden * classes * 4
const parameterBytes: usize = (b3 + classes * 4 + 15) & ~15

// x, y, four trees, activations, their cotangents, and the product's scratch.
const x: usize = (__heap_base + 63) & ~63
const y: usize = x + batch * inputs * 4
const params: usize = y + batch * classes * 4
const grads: usize = params + parameterBytes
const first: usize = grads + parameterBytes
const second: usize = first + parameterBytes
const h1: usize = second + parameterBytes
const h2: usize = h1 + batch * hidden * 4
const z: usize = h2 + batch * hidden * 4
const d1: usize = z + batch * classes * 4
const d2: usize = d1 + batch * hidden * 4
const dz: usize = d2 + batch * hidden * 4
const scratch: usize = (dz + batch * classes * 4 + 63) & ~63

export function inputAddress(): usize { return x }
export function labelAddress(): usize { return y }
export function parameterAddress(): usize { return params }
/** Bytes that memory has to have; the scratch of the largest product is below 4 MiB. */
export function end(): usize { return scratch + (4 << 20) }

function product(ta: i32, tb: i32, m: i32, n: i32, k: i32, a: usize, lda: i32, b: usize, ldb: i32, c: usize): void {
  gemm<f32>(1, ta, tb, m, n, k, a, lda, 0, b, ldb, 0, c, n, 0, 0, scratch)
}

/** values ← relu(values + bias), row by row. */
function biasRelu(values: usize, bias: usize): void {
  const zero = f32x4.splat(0)
  for (let i = 0; i < batch; i++) {
    for (let at: usize = 0; at < row; at += 16, values += 16)
      v128.store(values, f32x4.pmax(zero, f32x4.add(v128.load(values), v128.load(bias + at))))
  }
}

/** cotangents ← cotangents where the activations are positive, else 0; their sums over the batch into `sums`. */
function reluGradient(cotangents: usize, activations: usize, sums: usize): void {
  const zero = f32x4.splat(0)
  memory.fill(sums, 0, row)
  for (let i = 0; i < batch; i++) {
    for (let at: usize = 0; at < row; at += 16, cotangents += 16, activations += 16) {
      const d = v128.and(v128.load(cotangents), f32x4.gt(v128.load(activations), zero))
      v128.store(cotangents, d)
      v128.store(sums + at, f32x4.add(v128.load(sums + at), d))
    }
  }
}

/** dz ← (softmax(z + b₃) − y) / batch, and its sums over the batch; returns the mean cross-entropy. */
function crossEntropy(): f32 {
  const sums = grads + b3
  memory.fill(sums, 0, logits)
  let loss: f32 = 0
  for (let at: usize = 0; at < allLogits; at += logits) {
    let largest = -f32.MAX_VALUE
    for (let j: usize = 0; j < logits; j += 4) {
      const logit = load<f32>(z + at + j) + load<f32>(params + b3 + j)
      store<f32>(z + at + j, logit)
      largest = max(largest, logit)
    }
    let sum: f32 = 0
    for (let j: usize = 0; j < logits; j += 4) {
      const e = NativeMathf.exp(load<f32>(z + at + j) - largest)
      store<f32>(dz + at + j, e)
      sum += e
    }
    const normalizer = largest + NativeMathf.log(sum)
    for (let j: usize = 0; j < logits; j += 4) {
      const label = load<f32>(y + at + j)
      loss += label * (normalizer - load<f32>(z + at + j))
      const d = (load<f32>(dz + at + j) / sum - label) / <f32>batch
      store<f32>(dz + at + j, d)
      store<f32>(sums + j, load<f32>(sums + j) + d)
    }
  }
  return loss / <f32>batch
}

/** Adam over all parameters in one sweep. Kingma & Ba 2015, Algorithm 1. */
function adam(t: i32): void {
  const unbias1: f32 = 1 / (1 - NativeMathf.pow(0.9, <f32>t)), unbias2: f32 = 1 / (1 - NativeMathf.pow(0.999, <f32>t))
  const decay1 = f32x4.splat(0.9), rest1 = f32x4.splat(0.1), decay2 = f32x4.splat(0.999), rest2 = f32x4.splat(0.001)
  const rate = f32x4.splat(0.001 * unbias1), scale = f32x4.splat(unbias2), epsilon = f32x4.splat(1e-8)
  for (let at: usize = 0; at < parameterBytes; at += 16) {
    const g = v128.load(grads + at)
    const m = fma(decay1, v128.load(first + at), f32x4.mul(rest1, g))
    const v = fma(decay2, v128.load(second + at), f32x4.mul(rest2, f32x4.mul(g, g)))
    v128.store(first + at, m)
    v128.store(second + at, v)
    const update = f32x4.div(m, f32x4.add(f32x4.sqrt(f32x4.mul(v, scale)), epsilon))
    v128.store(params + at, fnma(rate, update, v128.load(params + at)))
  }
}

/** Step number t, from 1; returns the loss before it. */
export function step(t: i32): f32 {
  product(0, 0, batch, hidden, inputs, x, inputs, params, hidden, h1)
  biasRelu(h1, params + b1)
  product(0, 0, batch, hidden, hidden, h1, hidden, params + w2, hidden, h2)
  biasRelu(h2, params + b2)
  product(0, 0, batch, classes, hidden, h2, hidden, params + w3, classes, z)
  const loss = crossEntropy()
  product(1, 0, hidden, classes, batch, h2, hidden, dz, classes, grads + w3)
  product(0, 1, batch, hidden, classes, dz, classes, params + w3, classes, d2)
  reluGradient(d2, h2, grads + b2)
  product(1, 0, hidden, hidden, batch, h1, hidden, d2, hidden, grads + w2)
  product(0, 1, batch, hidden, hidden, d2, hidden, params + w2, hidden, d1)
  reluGradient(d1, h1, grads + b1)
  product(1, 0, inputs, hidden, batch, x, inputs, d1, hidden, grads)
  adam(t)
  return loss
}
