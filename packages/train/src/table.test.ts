import { describe, expect, it } from 'vitest'
import { textTable } from './table.js'

describe('textTable', () => {
  it('sets text to the left and numbers, grouped in thousands, to the right', () => {
    const table = textTable(
      ['layer', 'output', 'parameters'],
      [
        ['dense', '[512]', 401_920],
        ['relu', '[512]', 0],
      ],
    )
    expect(table.split('\n').map((row) => row.trimEnd())).toEqual([
      '─'.repeat(31),
      ' layer   output   parameters',
      '─'.repeat(31),
      ' dense   [512]       401,920',
      ' relu    [512]             0',
      '─'.repeat(31),
    ])
  })

  it('is plain text, without colours, also where the terminal has them', () => {
    expect(textTable(['a'], [['b']])).not.toContain('\x1b')
  })

  it('keeps wide letters in line', () => {
    const [rule, ...rest] = textTable(
      ['name', 'n'],
      [
        ['数字', 1],
        ['ab', 2],
      ],
    ).split('\n')
    expect(rule?.length).toBe(12)
    expect(rest).toContain(' 数字   1 ')
    expect(rest).toContain(' ab     2 ')
  })

  it('is a head alone for no rows', () => {
    expect(textTable(['a', 'b'], [])).toContain(' a   b')
  })

  it('names the row that does not fit the head', () => {
    expect(() => textTable(['a', 'b'], [['x', 1], ['y']])).toThrow(
      "textTable: row 1 has 1 cells but the head has 2 (a, b). Pad it with ''.",
    )
  })
})
