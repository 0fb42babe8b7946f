import { describe, expect, it } from 'vitest'
import { staticKey } from './static-key.js'

describe('staticKey', () => {
  const same = Symbol('s')
  const values = [0, -0, 1, Number.NaN, '0', '1', 1n, true, 'true', null, undefined, 'null', {}, {}, [], () => 1, same]
  it('tells apart what Object.is tells apart', () => {
    const all = [...values, Symbol('s')]
    expect(new Set(all.map(staticKey)).size).toBe(all.length)
    for (const v of all) expect(staticKey(v)).toBe(staticKey(v))
  })
  it('does not run into its neighbours when joined', () => {
    const join = (...list: unknown[]): string => list.map(staticKey).join()
    expect(join('x","y', 'z')).not.toBe(join('x', 'y","z'))
    expect(join('x,string y', 'z')).not.toBe(join('x', 'y,string z'))
  })
})
