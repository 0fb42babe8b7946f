/** Where an iteration stands, as a value that survives JSON: what a checkpoint keeps to go on at exactly the next element. */
import { checkOptions, RangeError } from '@puregrad/core'
import type { Source } from './source.js'

export interface Cursor {
  /** How many elements were taken. */
  readonly position: number
  /** Of how many, null for a source without end: a cursor does not fit a source of another length. */
  readonly of: number | null
}

const lengthOf = ({ length }: Source<unknown>): number | null => (Number.isFinite(length) ? length : null)

/**
 * The cursor before the first element, or before the one at `position`.
 * @example JSON.stringify(cursorOf(data.fromItems(['a', 'b']))) // '{"position":0,"of":2}'
 */
export const cursorOf = (source: Source<unknown>, position = 0): Cursor =>
  checked('cursorOf', source, { position, of: lengthOf(source) })

const checked = (operation: string, source: Source<unknown>, cursor: Cursor): Cursor => {
  const { position, of } = cursor
  if (of !== lengthOf(source)) {
    throw new RangeError(
      `${operation}: the cursor counts ${of ?? 'without end'} and the source ${source.length} elements. Was it saved with other data or batches?`,
    )
  }
  if (!Number.isSafeInteger(position) || position < 0 || position > source.length) {
    throw new RangeError(
      `${operation}: the cursor stands at ${position} of ${source.length} elements. Begin anew with cursorOf(source).`,
    )
  }
  return cursor
}

/**
 * The next element and the cursor behind it; null at the end. The same cursor gives the same element, always.
 * @throws RangeError for a cursor of a source with another length
 * @example next(data.fromItems(['a', 'b']), { position: 1, of: 2 }) // ['b', { position: 2, of: 2 }]
 */
export const next = <T>(source: Source<T>, cursor: Cursor): readonly [T, Cursor] | null => {
  const { position, of } = checked('next', source, cursor)
  return position === source.length ? null : [source.at(position), { position: position + 1, of }]
}

/**
 * Elements from a cursor on, each with the cursor behind it, for `for … of`.
 * @example for (const [element, cursor] of iterate(data.fromItems(['a', 'b']))) console.log(element, cursor.position)
 */
export function* iterate<T>(
  source: Source<T>,
  from: Cursor = cursorOf(source),
): IterableIterator<readonly [T, Cursor]> {
  for (let step = next(source, from); step !== null; step = next(source, step[1])) yield step
}

export interface PrefetchOptions {
  /** How many loads may be under way at once: 4 unless said. */
  readonly ahead?: number
  /** Where to begin. */
  readonly from?: Cursor
}

/**
 * Loads elements ahead of their use, as for images in files: while one is worked on, the next are read. The order is that of
 * the source, and a cursor stands behind the element that was handed out, however far the reading is ahead.
 * @param load what to do with an element; a rejection arrives when it is that element's turn
 * @example
 * const loading = prefetch(data.fromItems([1, 2, 3]), async (n) => 10 * n, { ahead: 8 })
 * const [first] = (await loading.next()).value as [number, data.Cursor]
 * first // 10
 */
export async function* prefetch<T, U>(
  source: Source<T>,
  load: (element: T) => Promise<U>,
  options: PrefetchOptions = {},
): AsyncGenerator<readonly [U, Cursor], void, undefined> {
  checkOptions('data.prefetch', options, ['ahead', 'from'])
  const { ahead = 4, from = cursorOf(source) } = options
  if (!Number.isInteger(ahead) || ahead < 1) {
    throw new RangeError(`prefetch: ahead is ${ahead}; it has to be a whole number from 1 up.`)
  }
  const underWay: (readonly [Promise<U>, Cursor])[] = []
  let step = next(source, from)
  for (;;) {
    while (step !== null && underWay.length < ahead) {
      const [element, cursor] = step
      const loading = load(element)
      // Its turn may never come; then nobody else would catch it.
      loading.catch(() => undefined)
      underWay.push([loading, cursor])
      step = next(source, cursor)
    }
    const first = underWay.shift()
    if (first === undefined) return
    yield [await first[0], first[1]]
  }
}
