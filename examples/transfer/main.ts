import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { transfer } from './transfer.js'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string', default: 'out' },
    seed: { type: 'string', default: '0' },
  },
})
const { data = process.env.PUREGRAD_DATA, out, seed } = values
const outcome = await transfer({ data, out, seed: Number(seed) }, console.log)
if (E.isLeft(outcome)) {
  console.error(outcome.left)
  process.exitCode = 1
}
