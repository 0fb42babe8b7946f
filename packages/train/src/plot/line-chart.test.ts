import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineChart } from './line-chart.js'

const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)
const circlesOf = (svg: string): readonly (readonly [number, number])[] =>
  [...svg.matchAll(/<circle cx="([^"]+)" cy="([^"]+)"/g)].map(([, x, y]) => [Number(x), Number(y)])
const curvesOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<path d="([^"]*)" fill="none" stroke="[^"]+" stroke-width="2"/g)].map(([, d = '']) => d)

describe('lineChart', () => {
  it('writes the title, the names of the axes and the legend', () => {
    const svg = lineChart([{ name: 'a < b', y: [1, 2] }], { title: 'Loss', xLabel: 'epoch', yLabel: 'nats' })
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['Loss', 'epoch', 'nats', 'a &lt; b']))
  })

  it('puts whole ticks under whole numbers', () => {
    const texts = textsOf(lineChart([{ name: 'a', y: [0.25, 0.5, 0.75] }]))
    expect(texts).toEqual(expect.arrayContaining(['1', '2', '3']))
    expect(texts).not.toContain('1.5')
  })

  it('spans the panel from the first x to the last, higher values higher up', () => {
    const dots = circlesOf(lineChart([{ name: 'a', y: [3, 1, 2] }], { width: 480, height: 320 }))
    const [first, second, third] = dots
    expect(dots).toHaveLength(3)
    expect(first?.[0]).toBe(0)
    expect(third?.[0]).toBe(480 - 58 - 18)
    expect(first?.[1]).toBe(0)
    expect(second?.[1]).toBe(320 - 38 - 46)
    expect(third?.[1]).toBeCloseTo((320 - 38 - 46) / 2, 1)
  })

  it('places dots at the given x', () => {
    const dots = circlesOf(lineChart([{ name: 'a', x: [0, 1, 4], y: [0, 1, 2] }]))
    expect((dots[1]?.[0] ?? 0) * 4).toBeCloseTo(dots[2]?.[0] ?? 0, 0)
  })

  it('leaves a gap where a number is not finite', () => {
    const [path = ''] = curvesOf(lineChart([{ name: 'a', y: [1, 2, Number.NaN, 3, 4] }]))
    expect(path.match(/M/g)).toHaveLength(2)
    expect(circlesOf(lineChart([{ name: 'a', y: [1, Number.POSITIVE_INFINITY, 3] }]))).toHaveLength(2)
  })

  it('dashes what is dashed, and colours each series differently', () => {
    const svg = lineChart([
      { name: 'a', y: [1, 2] },
      { name: 'b', y: [2, 1], dashed: true },
    ])
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(2) // the line and its sign in the legend
    expect(new Set([...svg.matchAll(/stroke="([^"]+)" stroke-width="2"/g)].map(([, colour]) => colour)).size).toBe(2)
  })

  it('goes over the ranges that are asked for, with or without dots', () => {
    const inside: Parameters<typeof lineChart>[1] = { xRange: [0, 1], yRange: [0, 2], width: 480, height: 320 }
    const dots = circlesOf(lineChart([{ name: 'a', x: [0.25, 0.5], y: [0.5, 1] }], inside))
    expect(dots).toEqual([
      [101, 177],
      [202, 118],
    ])
    expect(circlesOf(lineChart([{ name: 'a', y: [1, 2], dots: false }], inside))).toEqual([])
    const legendAt = (legend: 'bottom left' | 'bottom right'): number =>
      Number(/translate\(([\d.]+) [\d.]+\)"><rect/.exec(lineChart([{ name: 'a', y: [1] }], { legend }))?.[1])
    expect(legendAt('bottom left')).toBe(8)
    expect(legendAt('bottom right')).toBeGreaterThan(300)
  })

  it('draws no dots on long lines', () => {
    expect(circlesOf(lineChart([{ name: 'a', y: Array.from({ length: 500 }, (_, i) => i) }]))).toHaveLength(0)
  })

  it.each([[[-5e-324, 5e-324]], [[1e-310]], [[1e-305, 1e-304, 3e-304]]])('draws numbers next to zero, %j', (y) => {
    const svg = lineChart([{ name: 'a', y }])
    expect(circlesOf(svg)).toHaveLength(y.length)
    expect(svg).not.toMatch(/NaN|Infinity/)
  })

  it('gives finite coordinates for any numbers at all', () => {
    const anyNumbers = fc.array(fc.record({ name: fc.string(), y: fc.array(fc.double()) }), { maxLength: 3 })
    const bounded = anyNumbers.map((all) =>
      all.map(({ name, y }) => ({ name, y: y.map((v) => (Math.abs(v) > 1e300 ? 0 : v)) })),
    )
    fc.assert(
      fc.property(bounded, (series) => {
        const svg = lineChart(series)
        const coordinates = svg.replace(/<text[^>]*>[^<]*<\/text>/g, '')
        expect(coordinates).not.toMatch(/NaN|Infinity|undefined/)
      }),
    )
  })
})
