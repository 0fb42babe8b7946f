/** Where something is missing: it works all the same, or one sentence says what it needs. In processes over the built package. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('./environments/program.mjs', import.meta.url))

interface Answer {
  readonly eager?: number
  readonly jitted?: number
  readonly gradient?: readonly number[]
  readonly tag?: string | null
  readonly message?: string
}

const run = (flags: readonly string[]): Answer | undefined => {
  const { stderr } = spawnSync(process.execPath, [...flags, script], { encoding: 'utf8', timeout: 60_000 })
  const line = stderr.split('\n').find((l) => l.startsWith('{'))
  return line === undefined ? undefined : (JSON.parse(line) as Answer)
}

const right: Answer = { eager: 216_000_000, jitted: 216_000_000, gradient: [2, 4] }

describe('without', () => {
  it('the permission to start workers, one thread computes', () => {
    const permission = Number(process.versions.node.split('.')[0]) < 24 ? '--experimental-permission' : '--permission'
    expect(run([permission, '--allow-fs-read=*'])).toEqual(right)
  })
  it('WebAssembly, an error says that it is needed', () => {
    const answer = run(['--jitless'])
    expect(answer?.tag).toBe('EnvironmentError')
    expect(answer?.message).toMatch(/WebAssembly.*--jitless/)
  })
  it('the usual call stack, it works or an error says how much is needed', () => {
    for (const kilobytes of [66, 70, 75, 80, 100]) {
      const answer = run([`--stack-size=${kilobytes}`])
      // With less than that, Node itself does not come as far as to print.
      if (answer === undefined) continue
      if (answer.tag === undefined) expect(answer).toEqual(right)
      else {
        expect(answer.tag, answer.message ?? '').toBe('EnvironmentError')
        expect(answer.message).toMatch(/--stack-size/)
      }
    }
    expect(run(['--stack-size=200'])).toEqual(right)
  })
})
