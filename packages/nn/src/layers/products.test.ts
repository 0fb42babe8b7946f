import { np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, message, sample } from '../../test/check-layer.js'
import { expectNear, i32 } from '../../test/near.js'
import { bilinear, dense, einsumDense, gru, tiedEmbedding } from '../index.js'

describe('bilinear', () => {
  it('is a sum of products of both inputs', () => {
    const { params, x, y } = checkLayer(bilinear(3), [
      [5, 4],
      [5, 2],
    ])
    expectNear(y, np.einsum('bti,ijk,btj->btk', x[0], params.kernel, x[1]).add(params.bias), 1e-13)
    expect(checkLayer(bilinear(2, { useBias: false }), [[3], [4]]).params).not.toHaveProperty('bias')
  })
  it('names what does not fit', () => {
    expect(
      message(bilinear(3), [
        [4, 5],
        [3, 5],
      ]),
    ).toContain('agree in all sizes but the last')
    const { params } = checkLayer(bilinear(3), [[4], [2]])
    expect(() => bilinear(3).apply(params, null, [sample(1, [2, 4]), sample(2, [2, 3])], evaluate)).toThrow(
      'do not fit the kernel [4,2,3]',
    )
  })
})

describe('einsumDense', () => {
  it("'abc,cd->abd' is dense", () => {
    const { params, x, y } = checkLayer(einsumDense('abc,cd->abd', [null, 3], { biasAxes: 'd' }), [5, 4])
    expectNear(y, dense(3).apply(params, null, x, evaluate)[0], 1e-14)
    const open = einsumDense('...c,cd->...d', [3], { biasAxes: 'd' })
    expectNear(open.apply(params, null, x, evaluate)[0], y, 0)
    checkLayer(open, [2, 2, 4])
  })
  it('splits and merges heads, with biases along any axes', () => {
    const split = checkLayer(einsumDense('abc,cde->abde', [null, 2, 3], { biasAxes: 'de' }), [5, 6])
    expect(split.params.bias.shape).toEqual([2, 3])
    const merge = checkLayer(einsumDense('abde,dec->abc', [null, 6]), [5, 2, 3])
    expect(merge.params.kernel.shape).toEqual([2, 3, 6])
    expect(merge.params).not.toHaveProperty('bias')
    const byTime = checkLayer(einsumDense('abc,bd->acd', [4, 3], { biasAxes: 'c' }), [5, 4])
    expect(byTime.params.bias.shape).toEqual([4, 1])
    expectNear(byTime.y, np.einsum('abc,bd->acd', byTime.x, byTime.params.kernel).add(byTime.params.bias), 1e-13)
  })
  it('starts with the variance of a dense layer of as many inputs', () => {
    const { params } = checkLayer(einsumDense('abcd,cde->abe', [null, 40]), [1, 20, 20])
    // 16000 numbers of variance 1 / 400, cut at two deviations.
    expect(np.var(params.kernel).item() * 400).toBeCloseTo(1, 1)
  })
  it('names what does not fit', () => {
    expect(() => einsumDense('abc->ab', [null])).toThrow("has to be 'input,kernel->output'")
    expect(() => einsumDense('abc,cd->abx', [null, 3])).toThrow('Letters of the output')
    expect(message(einsumDense('abc,cd->abd', [null, 3]), [4])).toContain('Name every axis but the batch')
    expect(message(einsumDense('abc,cd->abd', [null, null]), [5, 4])).toContain("axis 'd' is said nowhere")
    expect(message(einsumDense('abc,cd->abd', [6, 3]), [5, 4])).toContain("axis 'b' is 5 in the input")
  })
})

describe('tiedEmbedding', () => {
  it('reads and writes words with one matrix', () => {
    const layer = tiedEmbedding(5, 3, gru(3))
    const { params, y } = checkLayer(layer, [4], { input: i32([[0, 1, 2, 4]]) })
    const vectors = np.take(params.embedding, i32([[0, 1, 2, 4]]), { axis: 0 })
    const [hidden] = gru(3).apply(params.body, null, vectors, evaluate)
    expectNear(y, np.matmul(hidden, (params.embedding as Tensor).T), 1e-13)
    const planned = layer.plan([4])
    if (planned._tag === 'Left') throw planned.left
    expect(planned.right.parts?.map(({ path, parameters }) => [path.join('/'), parameters])).toEqual([
      ['embedding(5, 3)', 15],
      ['body', 72],
    ])
  })
})
