/** Rules that say how tensors are named and laid out elsewhere and here, both ways. */
import { freezeDeep, np, type Tensor } from '@puregrad/core'

/** Tensors from one layout to the other. */
export type Convert = (tensors: readonly Tensor[]) => readonly Tensor[]

/**
 * Some tensors there that are some tensors here. Patterns hold placeholders: `{name}` stands for characters without a dot or
 * slash, `{name*}` for any; each has to stand in the first pattern of either side.
 */
export interface Rule {
  readonly theirs: readonly string[]
  readonly ours: readonly string[]
  /** The rule holds only if the first of theirs has so many axes, at least if given as `[least]`. */
  readonly rank?: number | readonly [least: number]
  readonly toOurs: Convert
  readonly toTheirs: Convert
  /**
   * The layout that the first of ours gets, where another one has the same shape (see `nn.aboutOf`). 'byRank' is that of a
   * convolution, taken without having been said.
   */
  readonly layout?: 'channelsLast' | 'spread' | 'bilinear' | 'byRank'
  /** What theirs adds to the variance, if the first of ours is the scale of a norm. */
  readonly epsilon?: number
  /** Why theirs cannot be taken: what was expected in their place, and what helps. Such a rule has nothing of ours. */
  readonly refused?: string
}

/** A layout and its inverse, for rules of one tensor. */
export interface Layout {
  readonly toOurs: (x: Tensor) => Tensor
  readonly toTheirs: (x: Tensor) => Tensor
}

const axes = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

/** One layout on both sides. */
export const same: Layout = Object.freeze({ toOurs: (x: Tensor) => x, toTheirs: (x: Tensor) => x })

/**
 * A name inside others; an empty one stands for the whole and gains no separator.
 * @example inside('.', 'params', '', 'kernel') // 'params.kernel'
 */
export const inside = (separator: string, ...names: readonly string[]): string =>
  names.filter((name) => name !== '').join(separator)

/** [out, in] there, [in, out] here. */
export const swapped: Layout = Object.freeze({
  toOurs: (x: Tensor) => np.transpose(x),
  toTheirs: (x: Tensor) => np.transpose(x),
})

/** Channels first there, last here: OIHW and HWIO, and the same for one and three axes. */
export const channelsLast: Layout = Object.freeze<Layout>({
  toOurs: (x) => np.transpose(x, [...axes(x.ndim).slice(2), 1, 0]),
  toTheirs: (x) => np.transpose(x, [x.ndim - 1, x.ndim - 2, ...axes(x.ndim - 2)]),
})

/**
 * The weights of a dense layer behind a flattened image: [out, C·H·W] there, [H·W·C, out] here.
 * @example flattened([16, 5, 5]).toOurs(np.ones([120, 400])).shape // [400, 120]
 */
export const flattened = ([channels, height, width]: readonly [
  channels: number,
  height: number,
  width: number,
]): Layout => ({
  toOurs: (x) => {
    const out = x.shape[0] as number
    return np
      .transpose(x.reshape([out, channels, height, width]), [2, 3, 1, 0])
      .reshape([height * width * channels, out])
  },
  toTheirs: (x) => {
    const out = x.shape[1] as number
    return np
      .transpose(x.reshape([height, width, channels, out]), [3, 2, 0, 1])
      .reshape([out, channels * height * width])
  },
})

/**
 * A rule of one tensor on both sides.
 * @example one('fc.weight', 'params.fc.kernel', swapped).theirs // ['fc.weight']
 */
export const one = (theirs: string, ours: string, layout: Layout = same, rank?: Rule['rank']): Rule => ({
  theirs: [theirs],
  ours: [ours],
  ...(rank === undefined ? {} : { rank }),
  toOurs: ([x]) => [layout.toOurs(x as Tensor)],
  toTheirs: ([x]) => [layout.toTheirs(x as Tensor)],
})

/** Every name as it is here, for files that were written from a tree by `nameLeaves`. */
export const identity: readonly Rule[] = freezeDeep([one('{name*}', '{name*}')])

const placeholder = /\{(\w+)(\*?)\}/g

/** What the placeholders of a pattern stand for in a name, null if it is not such a name. */
export const match = (pattern: string, name: string): ReadonlyMap<string, string> | null => {
  const keys: string[] = []
  let source = ''
  let end = 0
  for (const found of pattern.matchAll(placeholder)) {
    const [all, key = '', star] = found
    const known = keys.indexOf(key)
    source += pattern.slice(end, found.index).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    source += known >= 0 ? `\\${known + 1}` : star === '*' ? '(.+)' : '([^./]+)'
    if (known < 0) keys.push(key)
    end = found.index + all.length
  }
  source += pattern.slice(end).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  const groups = new RegExp(`^${source}$`, 's').exec(name)
  return groups === null ? null : new Map(keys.map((key, i) => [key, groups[i + 1] as string]))
}

/** A pattern with its placeholders filled. */
export const fill = (pattern: string, values: ReadonlyMap<string, string>): string =>
  pattern.replace(placeholder, (all, key: string) => values.get(key) ?? all)
