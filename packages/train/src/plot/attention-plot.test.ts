import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { attentionPlot } from './attention-plot.js'

const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)
const opacitiesOf = (svg: string): readonly number[] =>
  [...svg.matchAll(/fill-opacity="([^"]+)"/g)].map(([, value]) => Number(value))

const weights = np.array([
  [0.5, 0.25, 0.25],
  [0, 1, 0],
])

describe('attentionPlot', () => {
  it('darkens a cell by its weight, row by row', () => {
    expect(opacitiesOf(attentionPlot(weights))).toEqual([0.5, 0.25, 0.25, 0, 1, 0])
    expect(attentionPlot([[1]])).toContain('width="26"')
  })

  it('names rows and columns, and what it is', () => {
    const svg = attentionPlot(weights, { title: 'A <map>', rows: ['猫', 'は'], columns: ['the', 'black', 'cat'] })
    expect(textsOf(svg)).toEqual(['A &lt;map&gt;', '猫', 'は', 'the', 'black', 'cat'])
    expect(textsOf(attentionPlot(weights))).toEqual(['What looks at what', '0', '1', '0', '1', '2'])
  })

  it('says what is no map', () => {
    expect(() => attentionPlot(np.ones([2, 3, 3]))).toThrow('float32[2,3,3] is no table of weights')
    expect(() => attentionPlot([[1], [1, 0]])).toThrow('the table is no table of weights')
    expect(() => attentionPlot([[-1]])).toThrow('from 0 up')
    expect(() => attentionPlot(weights, { rows: ['one'] })).toThrow('1 names for 2 rows. Give one for each.')
  })
})
