import { np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { scaleByFactoredRms } from './factored.js'

const gradients = [
  [
    [1, -2, 0.5],
    [3, 0.25, -1],
  ],
  [
    [0.5, 1, 2],
    [-2, 0.75, 1],
  ],
  [
    [2, -0.5, 1],
    [1, 1, -3],
  ],
]

/** Shazeer & Stern 2018, Algorithm 4, in JavaScript numbers. */
const factored = (epsilon: number): number[][][] => {
  let [rows, cols] = [
    [0, 0],
    [0, 0, 0],
  ]
  const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length
  return gradients.map((g, i) => {
    const decay = 1 - (i + 1) ** -0.8
    const squares = g.map((row) => row.map((x) => x * x + epsilon))
    rows = rows.map((r, k) => decay * r + (1 - decay) * mean(squares[k] as number[]))
    cols = cols.map((c, k) => decay * c + (1 - decay) * mean(squares.map((row) => row[k] as number)))
    return g.map((row, a) => row.map((x, b) => x / Math.sqrt(((rows[a] as number) * (cols[b] as number)) / mean(rows))))
  })
}

/** The same without factoring. */
const whole = (epsilon: number): number[][][] => {
  let v = gradients[0]?.map((row) => row.map(() => 0)) as number[][]
  return gradients.map((g, i) => {
    const decay = 1 - (i + 1) ** -0.8
    v = v.map((row, a) => row.map((x, b) => decay * x + (1 - decay) * ((g[a]?.[b] as number) ** 2 + epsilon)))
    return g.map((row, a) => row.map((x, b) => x / Math.sqrt(v[a]?.[b] as number)))
  })
}

const run = (t: ReturnType<typeof scaleByFactoredRms>, transposed: boolean): number[] => {
  const array = (g: number[][]): Tensor => {
    const x = np.array(g, { dtype: 'float64' })
    return transposed ? np.transpose(x) : x
  }
  const params = array(gradients[0] as number[][])
  let state = t.init(params)
  return gradients.flatMap((g) => {
    const [updates, next] = t.update(array(g), state, params)
    state = next
    return Array.from((transposed ? np.transpose(updates) : updates).data())
  })
}

describe('scaleByFactoredRms', () => {
  it.each([false, true])('keeps means of rows and columns of matrices (transposed: %s)', (transposed) => {
    const actual = run(scaleByFactoredRms({ minDimSizeToFactor: 2, epsilon: 1e-3 }), transposed)
    const expected = factored(1e-3).flat(2)
    expected.forEach((e, i) => {
      expect(actual[i]).toBeCloseTo(e, 10)
    })
  })

  it('keeps all of small or unfactored ones', () => {
    const expected = whole(1e-30).flat(2)
    for (const options of [{}, { minDimSizeToFactor: 2, factored: false }]) {
      const actual = run(scaleByFactoredRms(options), false)
      expected.forEach((e, i) => {
        expect(actual[i]).toBeCloseTo(e, 10)
      })
    }
  })

  it('has states of m + n numbers, along the two longest axes', () => {
    const { vRow, vCol, v } = scaleByFactoredRms().init({ w: np.zeros([2, 300, 200]), b: np.zeros([300]) })
    expect([vRow.w?.shape, vCol.w?.shape, v.w?.shape]).toEqual([[2, 200], [2, 300], [1]])
    expect([vRow.b?.shape, v.b?.shape]).toEqual([[1], [300]])
  })

  it('asks for the parameters if they are missing', () => {
    const t = scaleByFactoredRms()
    expect(() => t.update(np.ones([2]), t.init(np.ones([2])))).toThrow(/scaleByFactoredRms: the parameters are missing/)
  })
})
