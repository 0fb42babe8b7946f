import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { converse } from './conversation.js'

const terminal = (text: string) => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.end(text)
  return { input, output }
}

describe('a conversation', () => {
  it('answers line after line, and ends with an empty one', async () => {
    const said: string[] = []
    const say = (text: string): void => void said.push(text)
    await converse('Say something.', say, async (line) => say(`[${line}]`), terminal('To be\nO\n\nnever\n'))
    expect(said).toEqual(['Say something.', '[To be]', '[O]'])
  })
  it('ends where lines end, and leaves the terminal alone when an answer fails', async () => {
    const said: string[] = []
    const say = (text: string): void => void said.push(text)
    await converse('', say, say, terminal('last'))
    expect(said).toEqual(['', 'last'])
    const { input, output } = terminal('a\nb\n')
    const failing = (): never => {
      throw new Error('no answer')
    }
    await expect(converse('', say, failing, { input, output })).rejects.toThrow('no answer')
    expect(input.isPaused()).toBe(true)
  })
})
