import { lax, type Tensor } from '@puregrad/core'
import type { Sample } from '../sample.js'
import { integers } from '../values.js'

const run =
  (shape: readonly number[], kind: 'pair' | 'xor') =>
  ([key, start]: readonly Tensor[]): Tensor =>
    lax.threefry(key as Tensor, start as Tensor, shape, kind)

const [key, start] = [integers([2], 0, 999, 'uint32'), integers([], 0, 9, 'uint32')]
const [keys, starts] = [integers([3, 2], 0, 999, 'uint32'), integers([3], 0, 9, 'uint32')]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  threefry: [
    { args: [key, start], run: run([5], 'xor') },
    { name: 'pairs', args: [key, start], run: run([2, 3], 'pair') },
    { name: 'several keys', args: [keys, starts], run: run([4], 'xor') },
    { name: 'one block', args: [key, start], run: run([], 'pair') },
  ],
}
