import { describe, expect, it } from 'vitest'
import type { History } from '../history.js'
import { trainingCurves } from './training-curves.js'

const history: History = [1, 2, 3].map((epoch) => ({
  epoch,
  train: { loss: 1 / epoch, accuracy: 1 - 1 / (2 * epoch) },
  validation: { loss: 1.2 / epoch, accuracy: 1 - 1 / (1.5 * epoch) },
  seconds: 1,
}))
const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)
const circles = (svg: string): number => svg.match(/<circle/g)?.length ?? 0

describe('trainingCurves', () => {
  it('draws a panel for each metric, with both splits', () => {
    const svg = trainingCurves(history, { width: 300, height: 200 })
    expect(svg).toContain('viewBox="0 0 600 200"')
    expect(textsOf(svg).filter((text) => ['loss', 'accuracy'].includes(text))).toEqual(['loss', 'accuracy'])
    expect(textsOf(svg).filter((text) => text === 'validation')).toHaveLength(2)
    expect(circles(svg)).toBe(2 * 2 * 3)
  })

  it('draws only the metrics that are asked for', () => {
    const svg = trainingCurves(history, { metrics: ['accuracy'] })
    expect(textsOf(svg)).not.toContain('loss')
    expect(circles(svg)).toBe(6)
  })

  it('draws training alone when nothing was validated', () => {
    const svg = trainingCurves(history.map(({ epoch, train, seconds }) => ({ epoch, train, seconds })))
    expect(textsOf(svg)).not.toContain('validation')
    expect(circles(svg)).toBe(6)
  })

  it('leaves out the epochs that were not validated', () => {
    const partly: History = history.map(({ validation, ...record }, i) =>
      i === 1 || validation === undefined ? record : { ...record, validation },
    )
    expect(circles(trainingCurves(partly, { metrics: ['loss'] }))).toBe(3 + 2)
  })

  it('is an empty picture for an empty history, and a dot for one epoch', () => {
    expect(circles(trainingCurves([]))).toBe(0)
    expect(trainingCurves([])).toMatch(/^<svg.*<\/svg>$/)
    expect(circles(trainingCurves(history.slice(0, 1)))).toBe(4)
    expect(trainingCurves(history.slice(0, 1))).not.toContain('NaN')
  })
})
