/** `npm run example -- NAME [options]`. */
import * as E from 'fp-ts/lib/Either.js'
import { helpOf, listOf, nameOf, readOptions, unknownFirst, unknownName } from './command.js'
import { exampleNames, loadExample } from './folders.js'
import { nodeHost } from './node-host.js'
import { runExample } from './run.js'

const refuse = (message: string): number => {
  console.error(message)
  return 2
}

/** What the system refuses, such as a folder that may not be written, says where and why by itself. */
const isSystemError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error

const main = async (args: readonly string[]): Promise<number> => {
  const name = nameOf(args)
  if (name === null) {
    const wrong = unknownFirst(args, exampleNames)
    if (wrong !== undefined) return refuse(wrong)
    console.log(listOf(await Promise.all(exampleNames.map(loadExample))))
    return 0
  }
  if (!exampleNames.includes(name)) return refuse(unknownName(name, exampleNames))
  const example = await loadExample(name)
  const options = readOptions(example, args.slice(1), process.env)
  if (E.isLeft(options)) return refuse(`${options.left}\nMore: npm run example -- ${name} --help`)
  if (options.right === 'help') {
    console.log(helpOf(example))
    return 0
  }
  try {
    return (await runExample(example, options.right, nodeHost())).code
  } catch (error) {
    if (!isSystemError(error)) throw error
    console.error(error.message)
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))
