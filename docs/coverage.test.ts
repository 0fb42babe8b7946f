/** Nothing public is without a docstring, and no function without an example. */
import { describe, expect, it } from 'vitest'
import { type Entry, publicNames } from './harness/public-names.js'

const names = publicNames()

describe.each(Object.keys(names) as Entry[])('%s', (entry) => {
  it('exports functions', () => expect(names[entry].filter((x) => x.isFunction).length).toBeGreaterThan(3))

  it('says of every value what it is', () =>
    expect(names[entry].filter((x) => !x.documented).map((x) => x.name)).toEqual([]))

  it('shows every function at work', () =>
    expect(names[entry].filter((x) => x.isFunction && x.examples === 0).map((x) => x.name)).toEqual([]))
})
