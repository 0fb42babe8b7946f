import { parseArgs } from 'node:util'
import { showDataError } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import { compare } from './writers.js'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string', default: 'out' },
    epochs: { type: 'string', default: '10' },
    seed: { type: 'string', default: '0' },
  },
})
const { data = process.env.PUREGRAD_DATA, out, epochs, seed } = values
const outcome = await compare({ data, out, epochs: Number(epochs), seed: Number(seed) }, console.log)
if (E.isLeft(outcome)) {
  console.error(showDataError(outcome.left))
  process.exitCode = 1
}
