import { np } from '@puregrad/core'
import { metrics } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { confusionPlot } from './confusion-plot.js'

const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)
const opacitiesOf = (svg: string): readonly number[] =>
  [...svg.matchAll(/fill-opacity="([^"]+)"/g)].map(([, value]) => Number(value))

const counts = [
  [3, 1],
  [0, 0],
]

describe('confusionPlot', () => {
  it('writes counts, classes and how many are right', () => {
    expect(textsOf(confusionPlot(counts))).toEqual([
      '3 of 4 right',
      'predicted',
      'true',
      '0',
      '0',
      '1',
      '1',
      '3',
      '1',
      '0',
      '0',
    ])
  })

  it('darkens a cell by its part of the true class; a class without examples stays white', () => {
    expect(opacitiesOf(confusionPlot(counts))).toEqual([0.75, 0.25, 0, 0])
    expect(textsOf(confusionPlot(counts, { percent: true })).slice(-4)).toEqual(['75 %', '25 %', '0 %', '0 %'])
  })

  it('puts true classes in rows and predicted ones in columns', () => {
    const places = [
      ...confusionPlot(
        [
          [1, 2],
          [3, 4],
        ],
        { cell: 40 },
      ).matchAll(/translate\(([\d ]+)\)"><rect/g),
    ]
    expect(places.map(([, place]) => place)).toEqual(['0 0', '40 0', '0 40', '40 40'])
  })

  it('takes what the metric gives, and names of classes', () => {
    const matrix = metrics.confusionMatrix(np.array([0, 1, 1]).astype('int32'), np.array([0, 0, 1]).astype('int32'), 2)
    const svg = confusionPlot(matrix, { title: 'Pets', nameOf: (i) => ['<cat>', 'dog'][i] ?? '' })
    expect(textsOf(svg)).toEqual([
      'Pets',
      'predicted',
      'true',
      '&lt;cat&gt;',
      '&lt;cat&gt;',
      'dog',
      'dog',
      '1',
      '1',
      '0',
      '1',
    ])
  })

  it('refuses what is no square of counts', () => {
    expect(() => confusionPlot(np.ones([2, 3]))).toThrow('confusionPlot: float32[2,3] is no square of counts')
    expect(() =>
      confusionPlot([
        [1, -1],
        [0, 0],
      ]),
    ).toThrow('confusionPlot: the table is no square of counts')
    expect(() => confusionPlot(np.ones([2]))).toThrow('confusionPlot: float32[2]')
  })
})
