import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { at, element, escapeText, label, picture } from './svg.js'

describe('svg', () => {
  it('writes an element, empty or with children', () => {
    expect(element('circle', { cx: 1, cy: 2, r: 0.5 })).toBe('<circle cx="1" cy="2" r="0.5"/>')
    expect(element('g', { fill: 'none' }, element('path', { d: 'M0 0' }))).toBe('<g fill="none"><path d="M0 0"/></g>')
  })

  it('rounds numbers to two decimals', () => {
    expect(element('path', { x: 1 / 3, y: -0.001 })).toBe('<path x="0.33" y="0"/>')
    expect(at(2 / 3, 10)).toBe('<g transform="translate(0.67 10)"/>')
  })

  it('escapes text and attributes', () => {
    expect(label('a < b & "c"', 0, 0, { title: '"x"' })).toBe(
      '<text x="0" y="0" title="&quot;x&quot;">a &lt; b &amp; &quot;c&quot;</text>',
    )
  })

  it('leaves no markup in any text whatever', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeText(text)).not.toMatch(/[<>"]|&(?!(amp|lt|gt|quot);)/)
      }),
    )
  })

  it('makes a picture that stands alone, on white', () => {
    const svg = picture(20, 10)
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 20 10" width="20" height="10"/)
    expect(svg).toContain('<rect width="20" height="10" fill="#fff"/>')
  })
})
