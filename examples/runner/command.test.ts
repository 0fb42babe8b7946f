import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { helpOf, listOf, nameOf, type RunOptions, readOptions, unknownFirst, unknownName } from './command.js'
import { defineExample } from './example.js'

const count = defineExample({
  name: 'count',
  title: 'Counting',
  description: 'counts as far as it is told',
  data: { files: 'DIR/numbers', standIn: 'fingers' },
  settings: {
    to: { default: 3, description: 'how far' },
    from: { default: 0, least: 0, description: 'where it begins' },
  },
  run: async ({ settings }) =>
    E.right({ data: { kind: 'none' }, figures: { numbers: Math.max(0, settings.to - settings.from) } }),
})

const read = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  readOptions(count, args, environment)
const refusalOf = (...args: readonly string[]): string => {
  const options = read(args)
  if (E.isRight(options)) throw new Error('These options are right.')
  return options.left
}

describe('the name', () => {
  it('comes first', () => {
    expect(nameOf(['count', '--to', '5'])).toBe('count')
    expect(nameOf([])).toBeNull()
    expect(nameOf(['--help'])).toBeNull()
  })

  it('is looked for if it is misspelt', () => {
    expect(unknownName('cout', ['count', 'names'])).toBe(
      "There is no example 'cout'. Did you mean count? Examples are count, names.",
    )
    expect(unknownName('translate', ['count'])).toBe("There is no example 'translate'. Examples are count.")
  })

  it('may be left out for a list, and for nothing else', () => {
    expect(unknownFirst([], ['count'])).toBeUndefined()
    expect(unknownFirst(['--help'], ['count'])).toBeUndefined()
    expect(unknownFirst(['--seed', '1'], ['count'])).toContain('the name of an example comes first')
  })
})

describe('options', () => {
  it('have defaults', () => {
    expect(read([])).toEqual(
      E.right({ data: undefined, seed: 0, minutes: undefined, folder: 'out/count', settings: { to: 3, from: 0 } }),
    )
  })

  it('are read in both spellings', () => {
    expect(read(['--data', 'd', '--seed=7', '--minutes', '0.5', '--out', 'x/y', '--to=9', '--from', '0'])).toEqual(
      E.right({ data: 'd', seed: 7, minutes: 0.5, folder: 'x/y/count', settings: { to: 9, from: 0 } }),
    )
  })

  it('take the folder of data from the environment if they do not name one', () => {
    const dataOf = (args: readonly string[], value: string) =>
      E.map((options: RunOptions | 'help') => options !== 'help' && options.data)(read(args, { PUREGRAD_DATA: value }))
    expect(dataOf([], 'b')).toEqual(E.right('b'))
    expect(dataOf(['--data', 'a'], 'b')).toEqual(E.right('a'))
    expect(dataOf([], '')).toEqual(E.right(undefined))
  })

  it('are refused with the one that was meant', () => {
    expect(refusalOf('--sed', '3')).toContain("There is no option '--sed'. Did you mean --seed?")
    expect(refusalOf('--minute=3')).toContain('Did you mean --minutes?')
    expect(refusalOf('-x')).toContain("There is no option '-x'.")
    expect(refusalOf('--too', '3')).toContain('Did you mean --to?')
  })

  it.each([
    [['--seed', '-1'], '--seed -1: expected a whole number from 0 up.'],
    [['--seed=-1'], '--seed -1: expected a whole number from 0 up.'],
    [['--seed', '1.5'], '--seed 1.5: expected a whole number from 0 up.'],
    [['--to', 'many'], '--to many: expected a whole number from 1 up.'],
    [['--to', '0'], '--to 0: expected a whole number from 1 up.'],
    [['--minutes', '0'], '--minutes 0: expected a number above 0, such as 0.5.'],
    [['--minutes=soon'], '--minutes soon: expected a number above 0, such as 0.5.'],
    [['--data'], '--data needs a value.'],
    [['--out='], '--out needs a value.'],
    [['more'], 'more: expected an option, such as --seed 1.'],
  ] as const)('%j are refused', (args, why) => {
    expect(refusalOf(...args)).toBe(why)
  })

  it('may ask for help', () => {
    expect(read(['--help'])).toEqual(E.right('help'))
    expect(read(['--to', '4', '-h'])).toEqual(E.right('help'))
  })
})

describe('texts', () => {
  it('list every example with a line and its data', () => {
    expect(listOf([count])).toContain(
      '  count  counts as far as it is told\n         data: DIR/numbers; without: fingers\n',
    )
  })

  it('of help name every option and its default', () => {
    const help = helpOf(count)
    for (const line of [
      '--to N       how far (3)',
      '--from N     where it begins (0)',
      '--minutes M',
      'without: fingers',
    ])
      expect(help).toContain(line)
  })
})
