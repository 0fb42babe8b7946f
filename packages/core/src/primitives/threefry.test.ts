import { describe, expect, it } from 'vitest'
import { elements, expectBatches, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { threefry } from './threefry.js'

const words = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor =>
  tensor(values, shape, 'uint32')

describe('threefry', () => {
  // The known answers that come with Random123 (Salmon et al. 2011): counters and keys of zeros.
  it('gives the known answer for zeros', () => {
    expect(elements(threefry(words([0, 0]), words([0], []), [1], 'pair'))).toEqual([0x6b200159, 0x99ba4efe])
  })
  it('xors the two words, and counts on from the start', () => {
    const key = words([7, 9])
    const pairs = elements(threefry(key, words([3], []), [2, 3], 'pair'))
    const single = threefry(key, words([3], []), [2, 3], 'xor')
    expect(single.shape).toEqual([2, 3])
    expect(elements(single)).toEqual(
      Array.from({ length: 6 }, (_, i) => ((pairs[2 * i] as number) ^ (pairs[2 * i + 1] as number)) >>> 0),
    )
    expect(elements(threefry(key, words([5], []), [4], 'pair'))).toEqual(pairs.slice(4))
  })
  it('has one stream per key', () => {
    const both = elements(threefry(words([1, 2, 3, 4], [2, 2]), words([0, 6]), [2], 'xor'))
    const one = elements(threefry(words([1, 2]), words([0], []), [2], 'xor'))
    const other = elements(threefry(words([3, 4]), words([6], []), [2], 'xor'))
    expect(both).toEqual([...one, ...other])
  })
  it('batches over keys and starts', () => {
    expectBatches(([k, s]) => [threefry(k as Tensor, s as Tensor, [3], 'pair')], [words([1, 2]), words([4], [])])
  })
  it('gives nothing for an empty shape', () =>
    expect(threefry(words([1, 2]), words([0], []), [0], 'xor').shape).toEqual([0]))
  it('names what is wrong with a key', () => {
    expect(() => threefry(tensor([1, 2]), words([0], []), [1], 'xor')).toThrow(/random.key/)
    expect(() => threefry(words([1, 2, 3]), words([0], []), [1], 'xor')).toThrow(/size 2/)
  })
})
