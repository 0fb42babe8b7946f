import { expect, it } from 'vitest'
import { configure, isDeterministic } from './configuration.js'

it('keeps the first choice that was used', () => {
  configure({ deterministic: false })
  expect(isDeterministic()).toBe(false)
  expect(() => configure({ deterministic: false })).not.toThrow()
  expect(() => configure({ deterministic: true })).toThrow(/before the first/)
})
