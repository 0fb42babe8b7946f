/** A conversation in a terminal: one line after another is answered. */
import { createInterface } from 'node:readline/promises'

/** Where lines come from, and where the sign goes that asks for one. */
interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/** Says what it wants, and answers lines until there is none or one is empty. */
export const converse = async (
  wanted: string,
  print: (text: string) => void,
  answer: (line: string) => Promise<void> | void,
  { input, output }: Terminal = { input: process.stdin, output: process.stdout },
): Promise<void> => {
  const lines = createInterface({ input, output })
  print(wanted)
  lines.setPrompt('> ')
  lines.prompt()
  try {
    for await (const line of lines) {
      if (line.trim() === '') break
      await answer(line)
      lines.prompt()
    }
  } finally {
    lines.close()
  }
}
