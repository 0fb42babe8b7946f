/** What a network writes: names that it draws, at any temperature, and those that it holds most likely. */
import { jit, np, type Tensor } from '@puregrad/core'
import { decode } from '@puregrad/models'
import { type Layer, startCache, type Variables } from '@puregrad/nn'

/** Below 1 names are likelier than the network finds them, above 1 they are stranger. */
export const temperatures = [0.5, 0.75, 1, 1.25, 1.5] as const

/** Names that are drawn at one temperature. */
export interface Drawn {
  readonly temperature: number
  readonly names: readonly string[]
  /** The part of them that was there to learn from. */
  readonly known: number
  /** The part of them that is left if each counts once. */
  readonly distinct: number
}

/** What one network writes. */
export interface Written {
  readonly drawn: readonly Drawn[]
  /** The likeliest names of all, and the logarithms of their probabilities. */
  readonly likeliest: readonly string[]
  readonly scores: readonly number[]
  /** The likeliest name that a beam finds for each letter. */
  readonly byLetter: readonly string[]
}

const letterOf = (code: number): string => String.fromCharCode(96 + code)

/** Letters up to the end of a name, which is 0. */
export const nameOf = (codes: readonly number[]): string => {
  const end = codes.indexOf(0)
  return codes
    .slice(0, end === -1 ? codes.length : end)
    .map(letterOf)
    .join('')
}

const rowsOf = (tokens: Tensor): readonly (readonly number[])[] => tokens.toArray() as readonly (readonly number[])[]

const beams = 8

/** What a network writes: so many names at each temperature, and the likeliest. A name has at most `longest` letters. */
export const write = <P, S>(
  layer: Layer<P, S>,
  variables: Variables<P, S>,
  learnt: readonly string[],
  { count, longest, key }: { readonly count: number; readonly longest: number; readonly key: Tensor },
): Written => {
  const length = longest + 1
  const known = new Set(learnt)
  const draw = jit((v: Variables<P, S>, k: Tensor, temperature: Tensor) => {
    const cache = startCache(layer, v.params, count, length + 1)
    const begin = np.zeros([count], { dtype: 'int32' })
    return decode.sample(decode.stepOf(layer, v), cache, begin, { length, end: 0, key: k, temperature }).tokens
  })
  const search = jit((v: Variables<P, S>, start: Tensor) => {
    const cache = startCache(layer, v.params, start.shape[0] as number, length + 1)
    const { tokens, scores } = decode.beam(decode.stepOf(layer, v), cache, start, { length: length - 1, end: 0, beams })
    return [tokens, scores] as const
  })
  const [best, scores] = search(variables, np.zeros([1, 1], { dtype: 'int32' }))
  const first = np.arange(1, 27, 1, { dtype: 'int32' })
  const [ofLetters] = search(variables, np.stack([np.zerosLike(first), first], { axis: 1 }))
  return {
    drawn: temperatures.map((temperature): Drawn => {
      const names = rowsOf(draw(variables, key, np.array(temperature))).map(nameOf)
      return {
        temperature,
        names,
        known: names.filter((name) => known.has(name)).length / count,
        distinct: new Set(names).size / count,
      }
    }),
    likeliest: rowsOf(best.slice(0)).map(nameOf),
    scores: scores.slice(0).toArray() as number[],
    byLetter: rowsOf(ofLetters.slice({}, 0)).map((codes, i) => letterOf(i + 1) + nameOf(codes)),
  }
}
