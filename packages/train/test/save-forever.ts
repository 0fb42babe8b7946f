/** Saves one checkpoint after the other until it is killed: `saveForever.ts FILE`. The i-th is full of i. */
import { np } from '@puregrad/core'
import { isLeft } from 'fp-ts/lib/Either.js'
import { saveCheckpoint } from '../src/node/checkpoint.js'

const [, , file = ''] = process.argv
for (let i = 1; ; i++) {
  const saved = await saveCheckpoint(file, { w: np.full([50_000], i), i }, { i })()
  if (isLeft(saved)) throw new Error(saved.left.found)
  process.stdout.write(`${i}\n`)
}
