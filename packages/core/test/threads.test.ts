/** Results do not depend on the number of threads, and threads do not keep a process alive. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('threads/digest.mjs', import.meta.url))

/** Digests of results by name. */
const run = (threads: string): Readonly<Record<string, string>> => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...conditions, script], {
    env: { ...process.env, PUREGRAD_THREADS: threads },
    encoding: 'utf8',
    timeout: 50_000,
  })
  if (status !== 0) throw new Error(`${stderr}\nended with ${status}`)
  return JSON.parse(stdout) as Readonly<Record<string, string>>
}
const conditions = process.env.PUREGRAD_FROM === 'source' ? ['--import', 'tsx', '-C', '@puregrad/source'] : []

describe('threads', () => {
  it('give the same bits, however many, and end with the process', () => {
    const one = run('1')
    expect(run('2')).toEqual(one)
    expect(run('5')).toEqual(one)
  })
  it('have a number that makes sense', () => {
    expect(() => run('many')).toThrow('PUREGRAD_THREADS: NaN is no number of threads')
  })
})
