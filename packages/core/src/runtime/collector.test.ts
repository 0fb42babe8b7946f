import { expect, it } from 'vitest'
import { makeCollector } from './collector.js'

it('a collector finds the dead in the middle of a synchronous loop', () => {
  const collector = makeCollector()
  const kept = { name: 'alive' }
  const alive = new WeakRef(kept)
  const dead = Array.from({ length: 20 }, (_, i) => new WeakRef({ i }))
  expect(collector?.collect()).toBeGreaterThan(0)
  expect(alive.deref()).toBe(kept)
  // One may still be on the stack or in a register.
  expect(dead.filter((r) => r.deref() === undefined).length).toBeGreaterThanOrEqual(19)
  collector?.release()
})
