/** Lines that somebody begins, and the network goes on with. */
import { createInterface } from 'node:readline/promises'

/** Where lines come from, and where the sign goes that asks for one. */
interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/** Goes on where each line ends, letter by letter, until there is none or it is empty. */
export const ask = async (
  goOn: (begun: string) => AsyncIterable<string>,
  print: (text: string) => void,
  printPart: (text: string) => void,
  { input, output }: Terminal = { input: process.stdin, output: process.stdout },
): Promise<void> => {
  const lines = createInterface({ input, output })
  print('Begin a line; an empty one ends it.')
  lines.setPrompt('> ')
  lines.prompt()
  for await (const line of lines) {
    if (line.trim() === '') break
    printPart(line)
    for await (const letter of goOn(line)) printPart(letter)
    print('')
    lines.prompt()
  }
  lines.close()
}
