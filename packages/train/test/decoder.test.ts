import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url)

it('the program of workers that decode is what its sources give: node scripts/decoder.mjs writes it', async () => {
  const { decoderFile } = (await import(new URL('scripts/decoder.mjs', root).href)) as {
    readonly decoderFile: () => Promise<string>
  }
  const kept = readFileSync(new URL('packages/train/src/data/decoding/decoder.generated.ts', root), 'utf8')
  // Not compared as a whole: a report of all its letters says nothing.
  expect(kept === (await decoderFile())).toBe(true)
})
