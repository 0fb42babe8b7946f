/** Every documented call of nn with an operand that is undefined, and every documented layer without its parameters or state. */
import { ArgumentError, np, PuregradError, Tensor } from '@puregrad/core'
import * as nn from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { type Call, type Recorded, recording } from './harness/recording.js'
import { runExample, scopeFor } from './harness/run-example.js'
import { examplesIn, exportsOf, sourcesOf } from './harness/sources.js'

const recorded = async (): Promise<readonly Recorded[]> => {
  const calls: Recorded[] = []
  const { initializers, ...spaces } = recording('nn', nn, calls)
  for (const path of sourcesOf('nn'))
    for (const { code } of examplesIn('nn', path)) {
      const scope = { ...scopeFor('nn', await exportsOf('nn', path)), ...spaces, nn: { ...spaces, initializers } }
      await runExample(code, scope)
    }
  return calls
}

interface AnyLayer {
  readonly name: string
  readonly apply: Call
}
const isLayer = (x: unknown): x is AnyLayer => typeof x === 'object' && x !== null && 'plan' in x && 'apply' in x

const gives = (call: Call, ...args: readonly unknown[]): unknown => {
  try {
    return call(...args)
  } catch (error) {
    return error
  }
}

/** Whether fewer operands, or options alone, give a function of the data. */
const isDual = (call: Call): boolean =>
  [np.ones([2, 2]), 1, {}].some((argument) => typeof gives(call, argument) === 'function')

/** Functions in namespaces of nn, those that make initialisers left out. */
const functionsIn = (name: string, space: object): readonly (readonly [string, Call])[] =>
  Object.entries(space).flatMap(([key, value]): readonly (readonly [string, Call])[] => {
    const full = `${name}.${key}`
    if (full === 'nn.initializers' || value instanceof Tensor) return []
    if (typeof value === 'function') return [[full, value as Call]]
    return typeof value === 'object' && value !== null ? functionsIn(full, value) : []
  })

/** A reason if it is no tagged error that begins with the name of the function. */
const untaught = (label: string, own: string, call: Call, args: readonly unknown[]): readonly string[] => {
  const found = gives(call, ...args)
  const isTaught = found instanceof PuregradError && found.message.startsWith(own)
  return isTaught ? [] : [`${label}: ${typeof found === 'function' ? 'gives a function' : String(found)}`]
}

describe('documented calls of nn', async () => {
  const calls = await recorded()
  const dual = functionsIn('nn', nn).filter(([, call]) => isDual(call))

  it('are there for every function that takes its data first or last', () => {
    const called = new Set(calls.map(({ name }) => name))
    expect(dual.length).toBeGreaterThan(40)
    expect(dual.map(([name]) => name).filter((name) => !called.has(name))).toEqual([])
  })

  it('teach by a tagged error if an operand is undefined or null, and give no function that waits for one', () => {
    const names = new Set(dual.map(([name]) => name))
    const variants = calls
      .filter(({ name }) => names.has(name))
      .flatMap(({ name, call, args }) => {
        const own = name.replace(/^nn\./, '')
        return args.flatMap((arg, i) =>
          arg instanceof Tensor
            ? [undefined, null].flatMap((missing) => {
                const spoiled = args.map((a, k) => (k === i ? missing : a))
                const label = `${own}, argument ${i + 1} of ${args.length} ${missing}`
                return untaught(label, own, call, spoiled)
              })
            : [],
        )
      })
    expect(variants).toEqual([])
  })

  it('wait for data that was left out', () => {
    for (const [name, call] of dual.filter(([name]) => name.startsWith('nn.losses.') && name !== 'nn.losses.reduction'))
      expect([name, typeof gives(call, np.ones([2, 2])), typeof gives(call, 0.5)]).toContain('function')
  })

  it('make layers that say it if their parameters or their state are undefined', () => {
    const layers = new Map(calls.flatMap(({ name, result }) => (isLayer(result) ? [[name, result] as const] : [])))
    expect(layers.size).toBeGreaterThan(60)
    const x = np.ones([2, 3])
    const wrong = [...layers].flatMap(([name, layer]) =>
      (['params', 'state'] as const).flatMap((missing) => {
        const [params, state] = [missing === 'params' ? undefined : {}, missing === 'state' ? undefined : {}]
        const found = gives(layer.apply, params, state, x, { mode: 'eval' })
        const isTaught = found instanceof ArgumentError && found.message.includes(`${missing} is undefined`)
        return isTaught ? [] : [`${name}, ${missing}: ${String(found)}`]
      }),
    )
    expect(wrong).toEqual([])
  })
})
