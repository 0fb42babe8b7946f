/** Weights and images that are numbers of a counter, the same here and in the scripts of fixtures. */
import { np, type Tensor } from '@puregrad/core'

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)

/** Numbers from −1 to 1 by the positions of a counter, as the scripts of fixtures make them. */
export const noise = (start: number, shape: readonly number[]): Tensor => {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    let h = Math.imul(start + i + 1, 2654435761)
    h = Math.imul(h ^ (h >>> 15), 2246822519)
    h ^= h >>> 13
    return (h >>> 8) / 2 ** 23 - 1
  })
  return np.array(values).reshape(shape)
}

/** A state dict of these shapes, and how many numbers it took. */
export const stateDict = (
  shapes: Readonly<Record<string, readonly number[]>>,
): readonly [Map<string, Tensor>, number] => {
  let count = 0
  const tensors = Object.entries(shapes).map(([name, shape]): readonly [string, Tensor] => {
    const fresh = noise(count, shape)
    count += sizeOf(shape)
    const isVector = shape.length === 1
    if (name.endsWith('running_var') || (isVector && name.endsWith('weight')))
      return [name, fresh.mul(np.array(0.2)).add(1)]
    const scale = isVector ? 0.1 : 2 / Math.sqrt(sizeOf(shape.slice(1)))
    return [name, fresh.mul(name.includes('bbox') ? 0.2 * scale : scale)]
  })
  return [new Map(tensors), count]
}
