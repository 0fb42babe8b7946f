/** A conversation in a terminal. */
import { createInterface } from 'node:readline/promises'

/** Words and signs apart, as the corpus has them. */
export const tokenise = (sentence: string): string =>
  sentence
    .toLowerCase()
    .replace(/([.,!?;:"()])/g, ' $1 ')
    .replace(/['’]/g, " '")
    .replace(/\s+/g, ' ')
    .trim()

/** Where lines come from, and where the sign goes that asks for one. */
interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/** Answers one line after another, until there is none or it is empty. */
export const ask = async (
  answer: (sentence: string) => string,
  print: (text: string) => void,
  { input, output }: Terminal = { input: process.stdin, output: process.stdout },
): Promise<void> => {
  const lines = createInterface({ input, output })
  print('Write a sentence; an empty line ends it.')
  lines.setPrompt('> ')
  lines.prompt()
  for await (const line of lines) {
    if (line.trim() === '') break
    print(answer(tokenise(line)))
    lines.prompt()
  }
  lines.close()
}
