import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { precisionRecallPlot } from './precision-recall-plot.js'

const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)
/** The first curve in parts of the panel, which is 404 × 236: recall to the right, precision upwards. */
const curveOf = (svg: string): readonly (readonly [number, number])[] => {
  const [, path = ''] = /<path d="([^"]*)" fill="none" stroke="[^"]+" stroke-width="2"/.exec(svg) ?? []
  return [...path.matchAll(/([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x) / 404, 1 - Number(y) / 236])
}
const near = (
  found: readonly (readonly [number, number])[],
  expected: readonly (readonly [number, number])[],
): void => {
  expect(found).toHaveLength(expected.length)
  found.forEach(([x, y], i) => {
    expect(x).toBeCloseTo(expected[i]?.[0] as number, 3)
    expect(y).toBeCloseTo(expected[i]?.[1] as number, 3)
  })
}

describe('precisionRecallPlot', () => {
  it('goes from the surest answer to the least sure one', () => {
    const svg = precisionRecallPlot([
      { name: 'cell', scores: [0.3, 0.9, 0.8], correct: [true, true, false], positives: 4 },
    ])
    near(curveOf(svg), [
      [0, 1],
      [1 / 4, 1],
      [1 / 4, 1 / 2],
      [2 / 4, 2 / 3],
    ])
    // The envelope is 1 up to a quarter and 2/3 up to a half.
    expect(textsOf(svg)).toContain('cell, AP 0.417')
  })

  it('takes tensors, and lets answers of one score stand together', () => {
    const svg = precisionRecallPlot([
      { name: 'a', scores: np.array([0.5, 0.5]), correct: np.array([false, true]) },
      { name: 'b', scores: np.array([0.9, 0.1]), correct: np.array([true, true]) },
    ])
    near(curveOf(svg), [
      [0, 0.5],
      [1, 0.5],
    ])
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['a, AP 0.500', 'b, AP 1.000', 'recall', 'precision', '0.0', '1.0']),
    )
    expect(svg).not.toContain('<circle')
  })

  it('has nothing to draw where nothing was answered', () => {
    const svg = precisionRecallPlot([{ name: 'none', scores: [], correct: [], positives: 2 }])
    expect(textsOf(svg)).toContain('none, AP 0.000')
    expect(svg).not.toContain('NaN')
  })

  it('says what does not fit', () => {
    expect(() => precisionRecallPlot([{ name: 'a', scores: [1], correct: [] }])).toThrow(
      /'a' has 1 scores and 0 answers/,
    )
    expect(() => precisionRecallPlot([{ name: 'a', scores: [1], correct: [true], positives: 0 }])).toThrow(
      /more right answers than the 0/,
    )
  })
})
