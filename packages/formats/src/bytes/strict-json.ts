import { type Refuse, reasonOf } from './decoding.js'

/** The position after the string that begins at `start`. The text is valid JSON. */
const endOfString = (text: string, start: number): number => {
  let i = start + 1
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i + 1
}

/** The first key that an object of this valid JSON holds twice. */
const duplicateKey = (text: string): string | undefined => {
  // A set per open object, null per open array.
  const open: (Set<string> | null)[] = []
  let expectsKey = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '{' || character === '[') open.push(character === '{' ? new Set() : null)
    if (character === '}' || character === ']') open.pop()
    if (character === '{' || character === ',') expectsKey = true
    else if (character === ':') expectsKey = false
    else if (character === '"') {
      const end = endOfString(text, i)
      const keys = open.at(-1)
      if (expectsKey && keys instanceof Set) {
        const key = JSON.parse(text.slice(i, end)) as string
        if (keys.has(key)) return key
        keys.add(key)
      }
      i = end - 1
    }
  }
  return undefined
}

/** JSON in which no object holds a key twice: `JSON.parse` would silently keep the last. */
export const strictJson = (text: string, what: string, refuse: Refuse): unknown => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw refuse('syntax', `${what} in JSON`, reasonOf(cause), 'The file is damaged. Download it again.')
  }
  const twice = duplicateKey(text)
  if (twice === undefined) return value
  throw refuse(
    'duplicate',
    `${what} with every key once`,
    `${JSON.stringify(twice.slice(0, 80))} twice`,
    'Which of the two holds is unknown. Write the file again.',
  )
}

/** A JSON object, as opposed to an array, null or a scalar. */
export const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)
