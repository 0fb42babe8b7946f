import { describe, expect, it } from 'vitest'
import { expectBatches, expectDerivatives, spread } from '../../test/oracle.js'
import { np, pipe } from '../index.js'
import type { Tensor } from '../tensor.js'

const sizes: Readonly<Record<string, number>> = { b: 2, i: 3, j: 4, k: 2, l: 3 }

/** The definition: a sum over all labels that the result has not. */
const reference = (subscripts: string, operands: readonly Tensor[]): number[] => {
  const [left, output] = subscripts.split('->') as [string, string]
  const terms = left.split(',')
  const labels = [...new Set([...output, ...terms.join('')])]
  const result = new Map<string, number>()
  const visit = (at: number, index: Record<string, number>): void => {
    const label = labels[at]
    if (label === undefined) {
      const product = operands.reduce(
        (p, x, n) => p * x.slice(...[...(terms[n] as string)].map((l) => index[l] as number)).item(),
        1,
      )
      const place = [...output].map((l) => index[l]).join()
      result.set(place, (result.get(place) ?? 0) + product)
      return
    }
    for (let i = 0; i < (sizes[label] as number); i++) visit(at + 1, { ...index, [label]: i })
  }
  visit(0, {})
  return [...result.values()]
}

const cases = [
  'ij,jk->ik',
  'bij,bjk->bki',
  'ii->i',
  'ii->',
  'ijk->kji',
  'i,j,k->ijk',
  'ij->j',
  'ij,ij->',
  'bii,bj->ji',
  'ij,jk,kl->il',
  'bi,bj,bk->ijk',
]

describe.each(cases)('einsum %s', (subscripts) => {
  const operands = (subscripts.split('->')[0] as string).split(',').map((term, n) =>
    spread(
      [...term].map((l) => sizes[l] as number),
      -1,
      1,
      n + 1,
    ),
  )
  it('is the sum of products over the labels left out', () => {
    const y = np.einsum(subscripts, ...operands)
    const expected = reference(subscripts, operands)
    expect(y.size).toBe(expected.length)
    y.data().forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i] as number, 12)
    })
  })
  it('differentiates and batches', () => {
    const f = (xs: readonly Tensor[]): readonly Tensor[] => [np.einsum(subscripts, ...xs)]
    expectDerivatives(f, operands, 1)
    expectBatches(f, operands)
  })
})

describe('einsum', () => {
  it('broadcasts leading axes under an ellipsis, and axes of size 1', () => {
    const [x, y] = [spread([2, 3, 4]), spread([4, 5], -1, 1, 2)]
    expect(np.einsum('...ij,jk->...ik', x, y).toArray()).toEqual(np.matmul(x, y).toArray())
    expect(np.einsum('ij,ij->ij', np.ones([1, 3]), np.ones([2, 3])).toArray()).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ])
  })
  it('without an arrow orders labels by alphabet', () => {
    const x = spread([2, 3])
    expect(np.einsum('ba', x).toArray()).toEqual(x.T.toArray())
  })
  it('fits into a pipe', () => expect(pipe(np.ones([2, 3]), np.einsum('ij->')).item()).toBe(6))
  it('says which label or term does not fit', () => {
    expect(() => np.einsum('ij,jk->ik', np.ones([2, 3]), np.ones([4, 5]))).toThrow(/label 'j' has size 3.*4/)
    expect(() => np.einsum('ij->k', np.ones([2, 3]))).toThrow(/'k' is in no operand/)
    expect(() => np.einsum('ij', np.ones([2]))).toThrow(/names 2 axes.*has 1/)
    expect(() => np.einsum('i,j->ij', np.ones([2]))).toThrow(/2 terms and 1 operands/)
  })
})
