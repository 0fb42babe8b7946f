import { np, random } from '@puregrad/core'
import { init } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, model, objective, optimizer } from '../test/blobs.js'
import * as data from './data/index.js'
import { fit } from './fit.js'
import { train } from './train.js'

const examples = blobs(0, 24)
const rows = data.fromArrays(examples)
const start = () => init(model, [2], random.key(0))
const common = { ...objective, optimizer, epochs: 2, batchSize: 4, stepsPerCall: 2, key: random.key(1) }

/** The examples as promises, and a list of what was asked for and of the steps that ended. */
const told = (options: { readonly failing?: number } = {}) => {
  const happened: (number | string)[] = []
  const source = data.generate(async (position) => {
    happened.push(position)
    if (position === options.failing) throw new Error(`no ${position}`)
    return rows.at(position)
  }, 24)
  const progress = { begin: () => {}, step: () => happened.push('ran'), end: () => {}, stop: () => {} }
  return { happened, source, progress }
}

describe('examples that are promises', () => {
  it('are asked for once each, one call of steps ahead, over the end of an epoch and not beyond the last', async () => {
    const { happened, source, progress } = told()
    await fit(model, start(), { ...common, train: source, shuffle: false, progress })
    const call = (from: number) => Array.from({ length: 8 }, (_, i) => from + i)
    const ahead = [8, 16, 0, 8, 16].flatMap((from) => [...call(from), 'ran'])
    expect(happened).toEqual([...call(0), ...ahead, 'ran'])
  })

  it('train to the bits of arrays, shuffled and accumulated, with a last batch that is smaller', async () => {
    const options = { ...common, batchSize: 5, accumulate: 2 }
    const [arrays, promises] = [
      await fit(model, start(), { ...options, train: examples }),
      await fit(model, start(), { ...options, train: told().source }),
    ]
    expect(bitsOf(promises.params)).toEqual(bitsOf(arrays.params))
    expect(promises.history.map((record) => record.train)).toEqual(arrays.history.map((record) => record.train))
  })

  it('fail when it is their turn: steps before them ran', async () => {
    const { happened, source, progress } = told({ failing: 17 })
    await expect(fit(model, start(), { ...common, train: source, shuffle: false, progress })).rejects.toThrow('no 17')
    expect(happened.filter((what) => what === 'ran')).toHaveLength(2)
  })

  it('are read ahead by train over the end of an epoch, too', async () => {
    const asked: number[] = []
    const source = data.generate(async (position) => {
      asked.push(position)
      return np.array(position)
    }, 4)
    const seen: number[] = []
    await train(
      (state: null, _, x: ReturnType<typeof np.array>) => {
        seen.push(x.item())
        asked.push(-1)
        return [state, { x }] as const
      },
      null,
      source,
      { epochs: 2, compiled: false, key: random.key(0) },
    )
    expect(seen).toEqual([0, 1, 2, 3, 0, 1, 2, 3])
    expect(asked).toEqual([0, 1, -1, 2, -1, 3, -1, 0, -1, 1, -1, 2, -1, 3, -1, -1])
  })

  it('become batches that are promises', async () => {
    const batches = data.batch(5)(data.shuffle(random.key(2))(told().source))
    const same = data.batch(5)(data.shuffle(random.key(2))(rows))
    expect(bitsOf(await batches.at(4, 1))).toEqual(bitsOf(same.at(4, 1)))
    const turns = data.batch(30)(data.repeat(2)(told().source))
    expect(bitsOf(await turns.at(0))).toEqual(bitsOf(data.batch(30)(data.repeat(2)(rows)).at(0)))
  })
})
