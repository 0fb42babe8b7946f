/** What is to be done: sequences made in code, a question and its answer. */
import { np, type Tensor } from '@puregrad/core'
import type { data, Examples } from '@puregrad/train'

/** Numbers below a bound, one after another. */
type Draw = (bound: number) => number

/** A task: its questions and answers are numbers from 0 up. */
export interface Task {
  readonly name: string
  /** How many symbols there are, marks not counted. */
  readonly symbols: number
  /** The lengths that are trained: of what is copied, or of numbers in digits. */
  readonly lengths: readonly [least: number, longest: number]
  /** How many times as many steps it gets. */
  readonly effort: number
  /** A length that was not trained, up to which it is judged. */
  readonly beyond: number
  readonly question: (draw: Draw, length: number) => readonly number[]
  readonly answer: (question: readonly number[], length: number) => readonly number[]
  /** How many numbers a question of this length has. */
  readonly asks: (length: number) => number
  /** And its answer. */
  readonly answers: (length: number) => number
}

/** Different symbols in any order: the first of a shuffled pack. */
const different = (draw: Draw, length: number): readonly number[] => {
  const pack = Array.from({ length: symbols }, (_, i) => i)
  for (let i = 0; i < length; i++) {
    const j = i + draw(symbols - i)
    const drawn = pack[j] as number
    pack[j] = pack[i] as number
    pack[i] = drawn
  }
  return pack.slice(0, length)
}

const symbols = 40
const same = (length: number): number => length
const ofSymbols = {
  symbols,
  effort: 1,
  lengths: [5, 20],
  beyond: 30,
  question: different,
  asks: same,
  answers: same,
} as const

const copy: Task = { ...ofSymbols, name: 'copy', answer: (question) => question }
const reverse: Task = { ...ofSymbols, name: 'reverse', answer: (question) => [...question].reverse() }
const sort: Task = { ...ofSymbols, name: 'sort', answer: (question) => [...question].sort((a, b) => a - b) }

/** A digit and its place are one symbol, as 30 in 537: place · 10 + digit. */
const [digits, places] = [10, 8]

/**
 * Two numbers of so many digits, the last first, beside each other place by place. What belongs together can be found by its place.
 */
const addition: Task = {
  name: 'addition',
  symbols: digits * places,
  effort: 2,
  lengths: [2, 4],
  beyond: 7,
  asks: (length) => 2 * length,
  answers: (length) => length + 1,
  question: (draw, length) => {
    return Array.from({ length }, (_, i) => [0, 0].map(() => digits * i + draw(digits))).flat()
  },
  answer: (question, length) => {
    const digitOf = (symbol: number | undefined): number => (symbol as number) % digits
    let carry = 0
    const sums = Array.from({ length }, (_, i) => {
      const sum = digitOf(question[2 * i]) + digitOf(question[2 * i + 1]) + carry
      carry = sum > 9 ? 1 : 0
      return digits * i + (sum % digits)
    })
    return [...sums, digits * length + carry]
  },
}

export const tasks: readonly Task[] = [copy, reverse, sort, addition]

/** The mark between a question and its answer; one more stands for nothing behind it. */
export const equals = (task: Task): number => task.symbols
export const vocabularyOf = (task: Task): number => task.symbols + 2
const nothing = (task: Task): number => task.symbols + 1

/** Positions that a model reads for this length: all but the last of question, mark and answer. */
export const positionsOf = (task: Task, length: number): number => task.asks(length) + task.answers(length)

/** Random numbers that a seed and a place decide (splitmix32, Steele et al. 2014): all examples are made when they are asked for. */
export const drawsOf = (seed: number, ...place: readonly number[]): Draw => {
  const mix = (x: number): number => {
    let y = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
    y = Math.imul(y ^ (y >>> 15), 0x735a2d97)
    return (y ^ (y >>> 15)) >>> 0
  }
  let state = place.reduce((hash, n) => mix((hash + Math.imul(n + 1, 0x9e3779b9)) >>> 0), mix(seed + 1))
  return (bound) => {
    state = (state + 0x9e3779b9) >>> 0
    return Math.floor((mix(state) / 2 ** 32) * bound)
  }
}

/** A question and its answer. */
export interface Pair {
  readonly question: readonly number[]
  readonly answer: readonly number[]
}

export const pairOf = (task: Task, draw: Draw, length: number): Pair => {
  const question = task.question(draw, length)
  return { question, answer: task.answer(question, length) }
}

/** What is read and what comes next, [pairs, positions] each; −1 where nothing is asked. */
export const rowsOf = (
  task: Task,
  pairs: readonly Pair[],
  positions: number,
): { readonly x: Tensor; readonly y: Tensor } => {
  const x = new Int32Array(pairs.length * positions).fill(nothing(task))
  const y = new Int32Array(pairs.length * positions).fill(-1)
  for (const [row, { question, answer }] of pairs.entries()) {
    x.set([...question, equals(task), ...answer.slice(0, -1)], row * positions)
    y.set(answer, row * positions + question.length)
  }
  return { x: np.array(x).reshape([pairs.length, positions]), y: np.array(y).reshape([pairs.length, positions]) }
}

/** Examples of the lengths that are trained, new ones in every epoch. */
export const examplesOf = (task: Task, count: number, seed: number): data.Source<Examples> => {
  const [least, longest] = task.lengths
  const positions = positionsOf(task, longest)
  const pairAt = (position: number, epoch: number): Pair => {
    const draw = drawsOf(seed, epoch, position)
    return pairOf(task, draw, least + draw(longest - least + 1))
  }
  return {
    length: count,
    at: (position, epoch = 0) => {
      const { x, y } = rowsOf(task, [pairAt(position, epoch)], positions)
      return { x: x.reshape([positions]), y: y.reshape([positions]) }
    },
    gather: (rows, epoch) =>
      rowsOf(
        task,
        rows.map((position) => pairAt(position, epoch)),
        positions,
      ),
  }
}
