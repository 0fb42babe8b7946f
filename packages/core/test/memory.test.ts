/** Memory of unreachable tensors comes back by itself inside one synchronous loop, where no finalizer ever runs. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('./memory/steps.mjs', import.meta.url))
const MiB = 2 ** 20

/** In a process of its own, over the built package. */
const run = (
  mode: 'eager' | 'jitted',
  steps: number,
): { readonly afterWarmUp: number; readonly highest: number; readonly last: number } =>
  JSON.parse(execFileSync(process.execPath, [script, mode, String(steps)], { encoding: 'utf8', timeout: 110_000 }))

describe('resident memory is flat after warm-up', () => {
  // Results kept would take 100,000 · 2 · 16 KiB ≈ 3.1 GiB and 20,000 · 2 · 16 KiB ≈ 0.6 GiB.
  it.each([
    ['eager', 100_000],
    ['jitted', 20_000],
  ] as const)('over %s steps (%i of them)', { timeout: 120_000 }, (mode, steps) => {
    const { afterWarmUp, highest, last } = run(mode, steps)
    expect(last).not.toBeNaN()
    expect(afterWarmUp).toBeLessThan(400 * MiB)
    expect(highest - afterWarmUp).toBeLessThan(64 * MiB)
  })
})
