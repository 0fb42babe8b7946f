import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { type WindowName, window } from './windows.js'

const { windows } = golden<{ readonly windows: Readonly<Record<WindowName, readonly Numbers[]>> }>('audio')

describe('window', () => {
  it.each(Object.entries(windows))("'%s' is SciPy's, periodic and symmetric, from one point up", (name, expected) => {
    const found = [1, 2, 9].flatMap((size) =>
      [true, false].map((periodic) => window(name as WindowName, size, { periodic, dtype: 'float64' })),
    )
    found.forEach((points, i) => {
      expectNear(points, expected[i] as Numbers, 1e-9)
    })
  })

  it("is NumPy's where that has it", () => {
    expectNear(window('hann', 12, { periodic: false }), np.hanning(12).toArray() as Numbers, 1e-6)
  })

  it('says which windows there are', () => {
    expect(() => window('kaiser' as WindowName, 4)).toThrow(/no window 'kaiser'. They are rectangular, hann/)
    expect(() => window('hann', 1.5)).toThrow(/size of the window is 1.5/)
  })
})
