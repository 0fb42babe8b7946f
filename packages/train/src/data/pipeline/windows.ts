/** Windows of a stream of tokens: what is read, and what comes next at each position. */
import { ArgumentError, np, operation, RangeError, random, Tensor } from '@puregrad/core'
import { checkCount, checkPosition, type Source, type Stacked } from './source.js'

/** A window of a stream: `y` is `x` one position on. */
export interface TokenWindow {
  /** int32 [length]. */
  readonly x: Tensor
  /** int32 [length]. */
  readonly y: Tensor
}

export interface WindowOptions {
  /** How many positions a window has. */
  readonly length: number
  /** From the beginning of one window to that of the next: their length unless said, so that none overlap. */
  readonly stride?: number
}

export interface RandomWindowOptions {
  /** How many positions a window has. */
  readonly length: number
  /** Windows of an epoch: as many as would lie side by side unless said; `Infinity` for a source that never ends. */
  readonly count?: number
}

/** The numbers of a stream. @throws ArgumentError unless it is one row of them; RangeError if it is shorter than a window */
const tokensOf = (name: string, stream: ArrayLike<number> | Tensor, length: number): Int32Array => {
  checkCount(name, 'the length', length, 1)
  if (stream instanceof Tensor && stream.ndim !== 1)
    throw new ArgumentError(
      `${name}: the stream is ${stream.dtype}[${stream.shape}], and has to be one row of tokens. Flatten it by reshape([-1]).`,
    )
  const tokens = Int32Array.from(stream instanceof Tensor ? stream.data() : stream)
  if (tokens.length > length) return tokens
  throw new RangeError(
    `${name}: a stream of ${tokens.length} tokens has no window of ${length} and the one that comes next. Take a shorter length.`,
  )
}

/** Windows that begin where they are told to. */
const windowsAt = (
  name: string,
  tokens: Int32Array,
  length: number,
  count: number,
  startOf: (position: number, epoch: number) => number,
): Source<TokenWindow> => {
  const cut = (starts: readonly number[], shape: readonly number[]): TokenWindow => {
    const [x, y] = [new Int32Array(starts.length * length), new Int32Array(starts.length * length)]
    for (const [i, start] of starts.entries()) {
      x.set(tokens.subarray(start, start + length), i * length)
      y.set(tokens.subarray(start + 1, start + 1 + length), i * length)
    }
    return { x: np.array(x).reshape(shape), y: np.array(y).reshape(shape) }
  }
  const start = (position: number, epoch: number): number => {
    checkPosition(name, count, position)
    return startOf(position, epoch)
  }
  return {
    length: count,
    at: (position, epoch = 0) => cut([start(position, epoch)], [length]),
    gather: (positions, epoch) =>
      cut(
        positions.map((position) => start(position, epoch)),
        [positions.length, length],
      ) as Stacked<TokenWindow>,
  }
}

/**
 * Windows of a stream of tokens, side by side unless their stride says otherwise, each with what comes next: for models that foretell
 * the next token. What is left at the end is in none.
 * @param stream numbers of tokens, such as a tokenizer's `encode` gives
 * @throws RangeError for a stream without a window
 * @example
 * const text = windows([0, 1, 2, 3, 4, 5, 6, 7], { length: 3 })
 * text.length // 2
 * text.at(1).x.toArray() // [3, 4, 5]
 * text.at(1).y.toArray() // [4, 5, 6]
 * pipe(text, data.shuffle(random.key(0)), data.batch(2)).at(0).x.shape // [2, 3]
 */
export const windows = operation(
  'data.windows',
  { at: 1, names: ['length', 'stride'] },
  (stream: ArrayLike<number> | Tensor, { length, stride = length }: WindowOptions): Source<TokenWindow> => {
    const tokens = tokensOf('windows', stream, length)
    checkCount('windows', 'the stride', stride, 1)
    const count = Math.floor((tokens.length - 1 - length) / stride) + 1
    return windowsAt('windows', tokens, length, count, (position) => position * stride)
  },
)

/**
 * Windows that begin anywhere in a stream of tokens, every place as likely as any other. The key, the epoch and the position decide where,
 * so that a window is the same whenever it is asked for.
 * @param stream numbers of tokens, such as a tokenizer's `encode` gives
 * @throws RangeError for a stream without a window
 * @example
 * const drawn = randomWindows(random.key(0), np.arange(100, { dtype: 'int32' }), { length: 4, count: Infinity })
 * const { x, y } = drawn.at(12345)
 * y.sub(x).toArray() // [1, 1, 1, 1]
 */
export const randomWindows = operation(
  'data.randomWindows',
  { at: 2, names: ['length', 'count'] },
  (
    key: random.Key,
    stream: ArrayLike<number> | Tensor,
    { length, count }: RandomWindowOptions,
  ): Source<TokenWindow> => {
    const tokens = tokensOf('randomWindows', stream, length)
    const places = tokens.length - length
    const total = count ?? Math.floor((tokens.length - 1) / length)
    if (total !== Number.POSITIVE_INFINITY) checkCount('randomWindows', 'the count', total, 1)
    // Remembered, not state: draws of a block are always the same.
    const blocks = new Map<string, ArrayLike<number>>()
    const blockOf = (epoch: number, block: number): ArrayLike<number> => {
      const name = `${epoch} ${block}`
      const known = blocks.get(name)
      if (known !== undefined) return known
      if (blocks.size > 3) blocks.clear()
      const own = random.foldIn(random.foldIn(key, epoch), block)
      const starts = random.randint(own, [drawnAtOnce], 0, places).data()
      blocks.set(name, starts)
      return starts
    }
    return windowsAt('randomWindows', tokens, length, total, (position, epoch) => {
      return blockOf(epoch, Math.floor(position / drawnAtOnce))[position % drawnAtOnce] as number
    })
  },
)

/** Draws that are made at once: any number gives the same ones only if it never changes. */
const drawnAtOnce = 1024
