import { batchNorm, dense, dropout, relu, serial } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { summary } from './summary.js'

describe('summary', () => {
  it('tells the layers, what comes out of each, and their parameters', () => {
    const model = serial(dense(512), relu, dropout(0.2), dense(512), relu, dropout(0.2), dense(10))
    const lines = summary(model, [784])
      .split('\n')
      .map((line) => line.trim().split(/\s{2,}/))
    expect(lines).toContainEqual(['layer', 'output', 'parameters'])
    expect(lines).toContainEqual(['dense(512)', '[512]', '401,920'])
    expect(lines).toContainEqual(['dense(512)#2', '[512]', '262,656'])
    expect(lines).toContainEqual(['dense(10)', '[10]', '5,130'])
    expect(lines.at(-1)).toEqual(['Parameters: 669,706'])
  })

  it('names layers inside layers by their path, and counts what is no parameter apart', () => {
    const text = summary(serial(serial(dense(4), batchNorm()), dense(2)), [3])
    expect(text).toContain('serial › dense(4)')
    expect(text).toMatch(/Parameters: 34\nNumbers of state: 8$/)
  })

  it('throws what does not fit', () => {
    expect(() => summary(dense(3), [])).toThrow(/dense\(3\)/)
  })
})
