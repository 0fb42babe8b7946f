/**
 * Pytrees: tensors, numbers and booleans in nested arrays, tuples, plain records and `null`. A tree is its leaves in order
 * plus its structure; records count by their sorted keys.
 */
import { TreeError } from '../errors.js'
import { freezeDeep } from '../freeze.js'
import { show } from '../show.js'
import { foreign, isForeign, Tensor } from '../tensor.js'

export type Leaf = Tensor | number | boolean

/** How deep the types of leaves are followed, so that recursive types such as `Tree<Tensor>` end: one entry a level. */
type Levels = readonly [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]

/** The type of the leaves of a tree. */
export type LeafOf<T, Depth extends readonly unknown[] = Levels> = T extends Leaf
  ? T
  : T extends null
    ? never
    : Depth extends readonly [unknown, ...infer Below]
      ? T extends readonly (infer E)[]
        ? LeafOf<E, Below>
        : T extends object
          ? { [K in keyof T]: LeafOf<T[K], Below> }[keyof T]
          : never
      : never

/** A tree of the same structure with leaves of another type. */
export type MapLeaves<T, R> = T extends Leaf ? R : T extends null ? null : { [K in keyof T]: MapLeaves<T[K], R> }

/** The same tree with tensors for numbers, as transforms return it: a tree of tensors keeps its own type. */
export type Tensors<T> = [LeafOf<T>] extends [Tensor] ? T : MapLeaves<T, Tensor>

/**
 * `unknown` for a tree with numbers or booleans among its leaves, else `never`: an argument `T & WithNumbers<T>` takes such trees
 * alone, for overloads that make tensors of their leaves. A type parameter is none of them, so that what a generic function
 * gives a transform comes back with its own type.
 */
export type WithNumbers<T> = [LeafOf<T>] extends [Tensor] ? never : unknown

/** The same tree with arrays that may be readonly: what a body gives back for a carry. */
export type Unchanged<T> = T | (T extends Leaf | null ? T : { readonly [K in keyof T]: Unchanged<T[K]> })

/** Where a leaf is: keys and positions from the root. */
export type Path = readonly (string | number)[]

/** The shape of a tree without its leaves. Two structures are the same if their strings are. */
export abstract class Structure {
  abstract readonly leafCount: number
  // Not a property, so that a frozen one remembers it too.
  #text: string | undefined
  abstract render(): string
  /** `{bias: *, kernel: *}` */
  toString(): string {
    this.#text ??= this.render()
    return this.#text
  }
  equals(other: Structure): boolean {
    return this === other || this.toString() === other.toString()
  }
}

class LeafStructure extends Structure {
  override readonly leafCount = 1
  override render(): string {
    return '*'
  }
}

class NullStructure extends Structure {
  override readonly leafCount = 0
  override render(): string {
    return 'null'
  }
}

class ArrayStructure extends Structure {
  override readonly leafCount: number
  constructor(readonly children: readonly Structure[]) {
    super()
    this.leafCount = count(children)
  }
  override render(): string {
    return `[${this.children.join(', ')}]`
  }
}

class RecordStructure extends Structure {
  override readonly leafCount: number
  constructor(
    readonly keys: readonly string[],
    readonly children: readonly Structure[],
  ) {
    super()
    this.leafCount = count(children)
  }
  override render(): string {
    return `{${this.keys.map((k, i) => `${showKey(k)}: ${String(this.children[i])}`).join(', ')}}`
  }
}

/** Quoted where it could be read as more than a key, so that structures of one string are the same. */
const showKey = (key: string): string => (/^[\w$.-]+$/.test(key) ? key : JSON.stringify(key))

const count = (children: readonly Structure[]): number => children.reduce((n, c) => n + c.leafCount, 0)

const leafStructure: Structure = new LeafStructure()
const nullStructure: Structure = new NullStructure()
for (const shared of [leafStructure, nullStructure]) Object.freeze(shared)

export const isLeaf = (x: unknown): x is Leaf => x instanceof Tensor || typeof x === 'number' || typeof x === 'boolean'

/** Plain objects, those of other realms (iframes, `vm` contexts) too: theirs have an `Object.prototype` of their own. */
const isRecord = (x: object): x is Readonly<Record<string, unknown>> => {
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null || isForeignObjectPrototype(prototype as object)
}

const isForeignObjectPrototype = (x: object): boolean =>
  Object.getPrototypeOf(x) === null && Object.hasOwn(x, 'isPrototypeOf') && Object.hasOwn(x, 'propertyIsEnumerable')

/** A path as code writes it. @example tree.showPath(['layers', 0, 'kernel'], 'params') // 'params.layers[0].kernel' */
export const showPath = (path: Path, root = 'tree'): string =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${key}`), root)

const rejected = (x: unknown, path: Path, name: string): TreeError => {
  if (isForeign(x)) return new TreeError(`${showPath(path, name)} is ${foreign}`)
  const kind =
    typeof x === 'object' && x !== null
      ? `a ${x.constructor?.name ?? 'object'}`
      : x === undefined
        ? 'undefined'
        : `the ${typeof x} ${show(x)}`
  const cure =
    x === undefined
      ? 'Leave the key out, or use null for an empty subtree.'
      : ArrayBuffer.isView(x)
        ? 'Make it a tensor by np.array(…).'
        : 'Trees hold tensors, numbers and booleans in arrays, plain records and null; pass anything else by closure or staticArgnums.'
  return new TreeError(`${showPath(path, name)} is ${kind}, which no tree holds. ${cure}`)
}

/**
 * The leaves of a tree in the order of its sorted keys, and its structure.
 * @throws TreeError naming the path of anything that no tree holds
 * @example
 * const [leaves, structure] = tree.flatten({ b: 2, a: [1, true] })
 * leaves // [1, true, 2]
 * String(structure) // {a: [*, *], b: *}
 */
export const flatten = (tree: unknown, name = 'tree'): readonly [Leaf[], Structure] => {
  const [leaves, structure] = takeApart(tree, name)
  return [leaves, freezeDeep(structure, [Structure])]
}

/** As `flatten`, for the library itself: the structure is not frozen, so that it is not handed out. */
export const takeApart = (tree: unknown, name = 'tree'): readonly [Leaf[], Structure] => {
  const leaves: Leaf[] = []
  const structure = visit(tree, [], (leaf) => leaves.push(leaf), { tree, name })
  return [leaves, structure]
}

/** A whole tree, and what errors call it. */
interface Root {
  readonly tree: unknown
  readonly name: string
}

/** No model is as deep, and functions that call themselves for every level have room on the call stack. */
const deepest = 500

const visit = (tree: unknown, path: Path, onLeaf: (leaf: Leaf, path: Path) => void, root: Root): Structure => {
  if (isLeaf(tree)) {
    onLeaf(tree, path)
    return leafStructure
  }
  if (tree === null) return nullStructure
  if (path.length > deepest) throw tooDeep(root, path)
  if (Array.isArray(tree))
    return new ArrayStructure(Array.from(tree, (child, i) => visit(child, [...path, i], onLeaf, root)))
  if (typeof tree === 'object' && isRecord(tree)) {
    const keys = Object.keys(tree).sort()
    return new RecordStructure(
      keys,
      keys.map((k) => visit(tree[k], [...path, k], onLeaf, root)),
    )
  }
  throw rejected(tree, path, root.name)
}

/** What is wrong with a tree that goes on down this path: mostly, something on it holds itself. */
const tooDeep = ({ tree, name }: Root, path: Path): TreeError => {
  const levels = new Map<unknown, number>()
  let node = tree
  for (const [level, key] of path.entries()) {
    const holder = levels.get(node)
    if (holder !== undefined) {
      return new TreeError(
        `${showPath(path.slice(0, level), name)} is ${showPath(path.slice(0, holder), name)} again: a tree that holds itself has no end. Leave that reference out.`,
      )
    }
    levels.set(node, level)
    node = (node as Readonly<Record<string | number, unknown>>)[key]
  }
  return new TreeError(
    `${showPath(path.slice(0, 6), name)}… goes deeper than ${deepest} levels, which no tree does. Keep long lists flat, in one array.`,
  )
}

/**
 * The tree of this structure with these leaves: the inverse of `flatten`.
 * @throws TreeError if the number of leaves is another
 * @example tree.unflatten(tree.structure({ b: 0, a: [0, 0] }), [1, 2, 3]) // { a: [1, 2], b: 3 }
 */
export const unflatten = (structure: Structure, leaves: readonly unknown[]): unknown => {
  if (leaves.length !== structure.leafCount) {
    throw new TreeError(`unflatten: ${structure.toString()} has ${structure.leafCount} leaves, not ${leaves.length}.`)
  }
  let next = 0
  const build = (s: Structure): unknown => {
    if (s instanceof LeafStructure) return leaves[next++]
    if (s instanceof ArrayStructure) return s.children.map(build)
    if (s instanceof RecordStructure)
      return Object.fromEntries(s.keys.map((k, i) => [k, build(s.children[i] as Structure)]))
    return null
  }
  return build(structure)
}

/**
 * The paths of the leaves, in the order of `flatten`.
 * @example tree.leafPaths({ b: 2, a: [1] }) // [['a', 0], ['b']]
 */
export const leafPaths = (tree: unknown): readonly Path[] => {
  const paths: Path[] = []
  visit(tree, [], (_, path) => paths.push(path), { tree, name: 'tree' })
  return paths
}

/** @throws TreeError naming both structures and the first path where they part */
export const checkSameStructure = (operation: string, first: unknown, other: unknown): void => {
  const [, a] = takeApart(first)
  const [, b] = takeApart(other)
  if (a.equals(b)) return
  throw new TreeError(
    `${operation}: trees of different structure, first at ${difference(first, other, [])}: ${cut(a)} and ${cut(b)}.`,
  )
}

const cut = (structure: Structure): string => {
  const text = structure.toString()
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

const difference = (a: unknown, b: unknown, path: Path): string => {
  const children = (x: unknown): readonly [string | number, unknown][] | null => {
    if (isLeaf(x) || x === null) return null
    return Array.isArray(x) ? x.map((v, i) => [i, v]) : Object.entries(x as object).sort(([k], [l]) => (k < l ? -1 : 1))
  }
  const [ca, cb] = [children(a), children(b)]
  if (ca !== null && cb !== null && Array.isArray(a) === Array.isArray(b) && ca.length === cb.length) {
    for (let i = 0; i < ca.length; i++) {
      const [ka, va] = ca[i] as readonly [string | number, unknown]
      const [kb, vb] = cb[i] as readonly [string | number, unknown]
      if (ka !== kb) return showPath([...path, ka])
      if (!takeApart(va)[1].equals(takeApart(vb)[1])) return difference(va, vb, [...path, ka])
    }
  }
  return showPath(path)
}

/** Spreads a prefix tree over a full one: every leaf (or null) of `prefix` repeated for the leaves of `tree` below it. */
export const broadcastPrefix = <L>(
  operation: string,
  prefix: unknown,
  tree: unknown,
  isPrefixLeaf: (x: unknown) => x is L,
): readonly L[] => {
  const out: L[] = []
  const walk = (p: unknown, t: unknown, path: Path): void => {
    if (isPrefixLeaf(p)) {
      for (let n = takeApart(t)[1].leafCount; n > 0; n--) out.push(p)
      return
    }
    if (t === null && p === null) return
    const fits =
      typeof p === 'object' &&
      p !== null &&
      typeof t === 'object' &&
      t !== null &&
      !isLeaf(t) &&
      Array.isArray(p) === Array.isArray(t)
    const keys = fits ? Object.keys(t).sort() : []
    if (!fits || keys.join() !== Object.keys(p).sort().join()) {
      throw new TreeError(
        `${operation}: at ${showPath(path)} the given tree is no prefix of the argument's: ${show(p)}.`,
      )
    }
    const order = Array.isArray(t) ? t.map((_, i) => i) : keys
    for (const k of order) {
      walk((p as Record<string | number, unknown>)[k], (t as Record<string | number, unknown>)[k], [...path, k])
    }
  }
  walk(prefix, tree, [])
  return out
}
