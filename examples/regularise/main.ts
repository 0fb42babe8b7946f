import { parseArgs } from 'node:util'
import { showDataError } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import { study } from './studies.js'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string', default: 'out' },
    seeds: { type: 'string', default: '5' },
    images: { type: 'string', default: '10000' },
    few: { type: 'string', default: '1000' },
    epochs: { type: 'string', default: '5' },
  },
})
const { data = process.env.PUREGRAD_DATA, out, ...numbers } = values
const outcome = await study(
  {
    data,
    out,
    seeds: Number(numbers.seeds),
    images: Number(numbers.images),
    few: Number(numbers.few),
    epochs: Number(numbers.epochs),
  },
  console.log,
)
if (E.isLeft(outcome)) {
  console.error(showDataError(outcome.left))
  process.exitCode = 1
}
