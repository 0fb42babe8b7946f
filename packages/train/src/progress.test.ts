import { describe, expect, it } from 'vitest'
import { writeDuration, writeMetrics } from './progress.js'

describe('writeDuration', () => {
  it.each([
    [0, '0.0 s'],
    [1.26, '1.3 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [61, '1 min 01 s'],
    [3599.7, '1 h 00 min'],
    [3725, '1 h 02 min'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(writeDuration(seconds)).toBe(text)
  })
})

describe('writeMetrics', () => {
  it('writes four significant digits, and what is not finite as it is', () => {
    expect(writeMetrics({ loss: 0.123456, accuracy: 1, bad: Number.NaN })).toBe('loss 0.1235  accuracy 1.000  bad NaN')
    expect(writeMetrics({})).toBe('')
  })
})
