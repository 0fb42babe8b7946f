/** `npm start`: the digits, with options and endings of its own. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { progressBar } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import { readDigits } from './digits.js'
import { help, readOptions } from './start-options.js'

const fail = (message: string): void => {
  console.error(message)
  process.exitCode = 1
}

const plotInto =
  (folder: string) =>
  async (file: string, svg: string): Promise<void> => {
    await mkdir(folder, { recursive: true })
    const path = resolve(join(folder, file))
    await writeFile(path, svg)
    console.log(`Wrote ${path}`)
  }

const options = readOptions(process.argv.slice(2), process.env)
if (E.isLeft(options)) fail(`${options.left}\n\n${help}`)
else if (options.right === 'help') console.log(help)
else {
  // The first Ctrl-C ends the training with what was learnt so far, a second one the program.
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const outcome = await readDigits(options.right, {
    print: console.log,
    progress: progressBar({ stream: process.stdout }),
    plot: plotInto(options.right.out),
    signal: stop.signal,
  })
  if (E.isLeft(outcome)) fail(outcome.left)
}
