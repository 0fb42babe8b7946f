/** Inputs of the rows: the same numbers for every contestant, as raw float32 files. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1)

/** Uniform numbers in [0, 1): mulberry32, small and the same everywhere. */
const uniforms = (seed) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Normal numbers by Box & Muller 1958. */
const normals = (seed, count, scale) => {
  const uniform = uniforms(seed)
  return Float32Array.from(
    { length: count },
    () => scale * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}

const fills = {
  normal: ({ shape, scale }, seed) => normals(seed, sizeOf(shape), scale),
  'one-hot': ({ shape: [count, classes] }, seed) => {
    const uniform = uniforms(seed)
    const data = new Float32Array(count * classes)
    for (let i = 0; i < count; i++) data[i * classes + Math.floor(uniform() * classes)] = 1
    return data
  },
  // A Aᵀ / n + 1
  'positive-definite': ({ shape: [n] }, seed) => {
    const a = normals(seed, n * n, 1)
    return Float32Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n]
      let sum = i === j ? n : 0
      for (let k = 0; k < n; k++) sum += a[i * n + k] * a[j * n + k]
      return sum / n
    })
  },
}

/** Writes the inputs of a row into a directory; returns what contestants are told: `{ name: { shape, path } }`. */
export const writeInputs = ({ id, inputs }, directory) =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, input], index) => {
      const path = join(directory, `${id}.${name}.f32`)
      writeFileSync(path, fills[input.fill](input, 1 + index))
      return [name, { shape: input.shape, path }]
    }),
  )
