/** Every documented call of `np`, `lax`, `random` and `image`, with one argument spoiled: it works, or teaches by a tagged error. */

import { image, lax, np, PuregradError, random, Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

import { type Call, type Recorded, recording } from './harness/recording.js'
import { runExample, scopeFor } from './harness/run-example.js'
import { examplesIn, exportsOf, sourcesOf } from './harness/sources.js'

const recorded = async (): Promise<readonly Recorded[]> => {
  const calls: Recorded[] = []
  const spaces = {
    np: recording('np', np, calls),
    lax: recording('lax', lax, calls),
    random: recording('random', random, calls),
    image: recording('image', image, calls),
  }
  for (const path of sourcesOf('core'))
    for (const { code } of examplesIn('core', path))
      await runExample(code, { expect, ...scopeFor('core', await exportsOf('core', path)), ...spaces })
  const seen = new Set<string>()
  return calls.filter(({ name, args }) => {
    const key = `${name} ${args.map(kindOf).join()}`
    return !seen.has(key) && seen.add(key)
  })
}

const kindOf = (x: unknown): string =>
  x instanceof Tensor
    ? `tensor${x.ndim}`
    : Array.isArray(x)
      ? `[${x.map(kindOf).join()}]`
      : typeof x === 'object' && x !== null
        ? `{${Object.entries(x)
            .map(([k, v]) => `${k}:${kindOf(v)}`)
            .join()}}`
        : typeof x

const circular: unknown[] = []
circular.push(circular)
const spoilers: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['1.5', 1.5],
  ['-7', -7],
  ["'0'", '0'],
  ["''", ''],
  ['{}', {}],
  ['true', true],
  ['[]', []],
  ['[null]', [null]],
  ['[1.5]', [1.5]],
  ['[-1]', [-1]],
  ['[[0]]', [[0]]],
  ["['a']", ['a']],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['1e10', 1e10],
  ['1e300', 1e300],
  ['[1e10]', [1e10]],
  ['3n', 3n],
  ['symbol', Symbol('s')],
  ['function', () => 0],
  ['circular', circular],
]

interface Variant {
  readonly label: string
  readonly args: readonly unknown[]
}

/** The arguments with one value exchanged: whole ones, entries of options and of arrays. */
const spoiled = (args: readonly unknown[]): readonly Variant[] =>
  args.flatMap((arg, i) =>
    spoil(arg, 0).map(([label, value]) => ({
      label: `argument ${i}${label}`,
      args: args.map((a, k) => (k === i ? value : a)),
    })),
  )

const spoil = (x: unknown, depth: number): readonly (readonly [string, unknown])[] => {
  // Numbers and lists are what axes, shapes, sizes and counts are given by.
  const whole = spoilers.map(([label, value]) => [` = ${label}`, value] as const)
  if (typeof x === 'number') return whole
  if (Array.isArray(x)) {
    const entries = x.flatMap((e, i) =>
      spoil(e, depth + 1).map(([label, value]) => [`[${i}]${label}`, x.map((f, k) => (k === i ? value : f))] as const),
    )
    return depth > 2 ? whole : [...whole, ...entries]
  }
  if (typeof x !== 'object' || x === null || x instanceof Tensor || ArrayBuffer.isView(x)) return []
  return Object.entries(x).flatMap(([key, e]) =>
    spoil(e, depth + 1).map(([label, value]) => [`.${key}${label}`, { ...x, [key]: value }] as const),
  )
}

const answer = ({ call }: Recorded, { args }: Variant): unknown => {
  const result = call(...args)
  return typeof result === 'function'
    ? (result as Call)(
        np.array([
          [1, 2],
          [3, 4],
        ]),
      )
    : result
}

/** `true` for what the example's own function throws. */
const isOfExample = (error: unknown): boolean =>
  error instanceof Error && (error.stack ?? '').split('\n')[1]?.includes('eval at') === true

describe('documented calls', async () => {
  const calls = await recorded()
  const untaught = (call: Recorded): readonly string[] =>
    spoiled(call.args).flatMap((variant) => {
      try {
        answer(call, variant)
        return []
      } catch (error) {
        if (error instanceof PuregradError || isOfExample(error)) return []
        return [`${call.name}, ${variant.label}: ${String(error)}`]
      }
    })

  it('are many', () => expect(calls.length).toBeGreaterThan(300))
  it('work, or teach by a tagged error, with any number or list in their arguments spoiled', {
    timeout: 300_000,
  }, () => {
    expect(calls.flatMap(untaught)).toEqual([])
  })
})
