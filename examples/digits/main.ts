import * as E from 'fp-ts/lib/Either.js'
import { readDigits } from './digits.js'
import { help, readOptions } from './options.js'

const fail = (message: string): void => {
  console.error(message)
  process.exitCode = 1
}

const options = readOptions(process.argv.slice(2), process.env)
if (E.isLeft(options)) fail(`${options.left}\n\n${help}`)
else if (options.right === 'help') console.log(help)
else {
  // The first Ctrl-C ends the training with what was learnt so far, a second one the program.
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const outcome = await readDigits(options.right, { print: console.log, stream: process.stdout, signal: stop.signal })
  if (E.isLeft(outcome)) fail(outcome.left)
}
