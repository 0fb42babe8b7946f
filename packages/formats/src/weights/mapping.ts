/** Weights from elsewhere into the tree of a model, and back, by rules; whatever does not fit is listed, all of it at once. */
import { ArgumentError, aboutOf, operation, PuregradError, show, type Tensor, tree } from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import { type NamedTensors, nameLeaves, type ReadTensors } from '../arrays/named.js'
import { fill, match, type Rule } from './rules.js'

/** A tensor that is there, but is not what the model needs. */
export interface Misfit {
  readonly name: string
  readonly expected: string
  readonly found: string
}

/** Why weights do not fill a model: every name, so that the rules can be completed in one go. */
export interface WeightsError {
  readonly _tag: 'WeightsError'
  /** Leaves that nothing filled, and partners without which a rule cannot work. */
  readonly missing: readonly string[]
  /** Weights that no rule takes, that the model has no leaf for, or that came twice. */
  readonly extra: readonly string[]
  readonly mismatched: readonly Misfit[]
  readonly cure: string
}

/**
 * A `WeightsError` as a text of one line for every name.
 * @example
 * const error = { _tag: 'WeightsError', missing: ['params.bias'], extra: [], mismatched: [], cure: 'Add a rule.' } as const
 * showWeightsError(error) // 'WeightsError: the weights do not fit. Add a rule.\n  missing: params.bias'
 */
export const showWeightsError = ({ missing, extra, mismatched, cure }: WeightsError): string =>
  [
    `WeightsError: the weights do not fit. ${cure}`,
    ...missing.map((name) => `  missing: ${name}`),
    ...extra.map((name) => `  extra: ${name}`),
    ...mismatched.map(({ name, expected, found }) => `  mismatched: ${name}: expected ${expected}, found ${found}`),
  ].join('\n')

type Side = 'theirs' | 'ours'

interface Converted {
  readonly tensors: Map<string, Tensor>
  /** Where each came from, for messages. */
  readonly origin: Map<string, string>
  /** The rule that made it, if it is the first that the rule makes: of this one the rule knows more than the shape. */
  readonly rules: Map<string, Rule>
  readonly missing: string[]
  readonly extra: string[]
  readonly mismatched: Misfit[]
}

const typeOf = (x: Tensor): string => `${x.dtype}[${x.shape}]`

const hasRank = ({ rank }: Rule, x: Tensor): boolean =>
  rank === undefined || (typeof rank === 'number' ? x.ndim === rank : x.ndim >= rank[0])

/** Carries tensors from one side of the rules to the other. The first rule that knows a name takes it, with its partners. */
const convert = (rules: readonly Rule[], named: NamedTensors, from: Side, to: Side): Converted => {
  const result: Converted = {
    tensors: new Map(),
    origin: new Map(),
    rules: new Map(),
    missing: [],
    extra: [],
    mismatched: [],
  }
  const taken = new Set<string>()
  const apply = (rule: Rule, values: ReadonlyMap<string, string>): void => {
    const names = rule[from].map((pattern) => fill(pattern, values))
    if (rule.refused !== undefined) {
      const there = names.filter((name) => named.has(name))
      for (const name of there) taken.add(name)
      const types = there.map((name) => typeOf(named.get(name) as Tensor))
      result.mismatched.push({ name: there.join(', '), expected: rule.refused, found: types.join(', ') })
      return
    }
    const found = names.map((name) => named.get(name))
    for (const [i, name] of names.entries()) {
      taken.add(name)
      if (found[i] === undefined)
        result.missing.push(`${name} (beside ${names.filter((other) => other !== name).join(', ')})`)
    }
    if (found.includes(undefined)) return
    let made: readonly Tensor[]
    try {
      made = (from === 'theirs' ? rule.toOurs : rule.toTheirs)(found as readonly Tensor[])
    } catch (error) {
      if (!(error instanceof PuregradError)) throw error
      const shapes = found.map((x) => typeOf(x as Tensor)).join(', ')
      result.mismatched.push({
        name: names.join(', '),
        expected: 'shapes that its rule takes',
        found: `${shapes} (${error.message})`,
      })
      return
    }
    rule[to].forEach((pattern, i) => {
      const name = fill(pattern, values)
      const origin = names.join(', ')
      if (result.tensors.has(name))
        result.extra.push(`${origin} → ${name}, which ${result.origin.get(name)} is already`)
      else {
        result.tensors.set(name, made[i] as Tensor)
        result.origin.set(name, origin)
        if (i === 0) result.rules.set(name, rule)
      }
    })
  }
  for (const [name, x] of named) {
    if (taken.has(name)) continue
    let known = false
    for (const rule of rules) {
      // Rules speak of the rank of theirs; from ours, the layout decides whether it can be taken back.
      if (from === 'theirs' && !hasRank(rule, x)) continue
      const values = rule[from].map((pattern) => match(pattern, name)).find((found) => found !== null)
      if (values === undefined || values === null) continue
      known = true
      apply(rule, values)
      break
    }
    if (!known) result.extra.push(name)
  }
  return result
}

const errorOf = ({
  missing,
  extra,
  mismatched,
}: Pick<WeightsError, 'missing' | 'extra' | 'mismatched'>): WeightsError => ({
  _tag: 'WeightsError',
  missing,
  extra,
  mismatched,
  cure:
    missing.length + extra.length > 0
      ? 'Add a rule for each name, or ignore what the model does not need.'
      : 'Is it the same architecture, and does each rule have the right layout?',
})

/** What is wrong with a layout that a shape cannot tell; null if nothing is. */
const layoutMisfit = (leaf: Tensor, { layout }: Rule): Pick<Misfit, 'expected' | 'found'> | null => {
  const wanted = aboutOf(leaf).layout
  const said = layout === 'byRank' ? 'channelsLast' : layout
  if (said === undefined || said === wanted) return null
  if (wanted !== undefined) {
    const rules = {
      channelsLast: 'torch.conv or torch.convTranspose',
      spread: 'torch.convTranspose(theirs, ours, { transposeKernel: false })',
      bilinear: 'torch.bilinear',
    }
    return { expected: `a rule for the layout ${wanted}, such as ${rules[wanted]}`, found: `the layout ${said}` }
  }
  if (layout !== 'byRank' || leaf.ndim !== 3 || leaf.shape[0] !== leaf.shape[1]) return null
  return {
    expected: 'a rule that says its layout, such as torch.conv or torch.bilinear',
    found: `${typeOf(leaf)}, which both could be`,
  }
}

/** A difference that weights do not show, in a sentence; null if there is none. */
const epsilonNote = (name: string, leaf: Tensor, { epsilon: theirs }: Rule): string | null => {
  const { epsilon: ours } = aboutOf(leaf)
  if (ours === undefined || theirs === undefined || ours === theirs) return null
  return (
    `importWeights: the norm of ${name} adds ${ours} to the variance and was trained with ${theirs}. ` +
    `Make it with { epsilon: ${theirs} }, or tell the rule: { epsilon: ${ours} }.`
  )
}

export interface ImportOptions {
  /** Takes notes of what fits and still may give other numbers, such as another epsilon of a norm: `console.warn` unless said. */
  readonly onNote?: (note: string) => void
  /** Patterns of names that are left out, such as `{layer*}.num_batches_tracked`. */
  readonly ignore?: readonly string[]
}

/**
 * A tree like `template` with weights from elsewhere. All leaves have to be filled, all weights used, all shapes and dtypes
 * equal; otherwise the left lists every name that is not. What the decoder left out of a file is listed too.
 * A kernel that `init` made for a layer with another layout than the rule's is not equal either, although its shape may be;
 * what only may give other numbers is noted by `onNote`.
 * @param rules such as `torchRules`, or `torch.linear('fc', '0')` for each layer
 * @param template what `init` gave: its numbers do not matter  @param theirs such as `decodeSafetensors` gives
 * @example
 * const template = { params: { fc: { kernel: np.zeros([2, 3]), bias: np.zeros([3]) } } }
 * const theirs = new Map([['fc.weight', np.ones([3, 2])], ['fc.bias', np.ones([3])]])
 * const imported = importWeights(weights.torchRules, template, theirs)
 * E.isRight(imported) && imported.right.params.fc.kernel.shape // [2, 3]
 */
export const importWeights = operation(
  'weights.importWeights',
  { at: 3, names: ['onNote', 'ignore'] },
  <T>(
    rules: readonly Rule[],
    template: T,
    theirs: NamedTensors | ReadTensors,
    { ignore = [], onNote = console.warn }: ImportOptions = {},
  ): E.Either<WeightsError, T> => {
    if (!(typeof theirs === 'object' && theirs !== null && Symbol.iterator in theirs))
      throw new ArgumentError(
        `weights.importWeights: the weights are ${show(theirs)}. They are a map from names to tensors, as decodeSafetensors gives them.`,
      )
    const isWanted = (name: string): boolean => !ignore.some((pattern) => match(pattern, name) !== null)
    const wanted = new Map([...theirs].filter(([name]) => isWanted(name)))
    const { tensors, origin, rules: makers, missing, extra, mismatched } = convert(rules, wanted, 'theirs', 'ours')
    for (const [name, { expected, found }] of 'leftOut' in theirs ? theirs.leftOut : [])
      if (isWanted(name)) mismatched.push({ name, expected, found })
    const leaves: Tensor[] = []
    const notes: string[] = []
    const ours = nameLeaves(template)
    for (const [name, leaf] of ours) {
      const x = tensors.get(name)
      if (x === undefined) missing.push(name)
      else if (typeOf(x) !== typeOf(leaf))
        mismatched.push({ name, expected: typeOf(leaf), found: `${typeOf(x)} from ${origin.get(name)}` })
      else {
        const rule = makers.get(name)
        const misfit = rule === undefined ? null : layoutMisfit(leaf, rule)
        const note = rule === undefined ? null : epsilonNote(name, leaf, rule)
        if (misfit !== null) mismatched.push({ name, ...misfit })
        if (note !== null) notes.push(note)
        leaves.push(x)
      }
    }
    for (const name of tensors.keys()) if (!ours.has(name)) extra.push(`${origin.get(name)} → ${name}`)
    if (missing.length + extra.length + mismatched.length > 0) return E.left(errorOf({ missing, extra, mismatched }))
    for (const note of notes) onNote(note)
    return E.right(tree.unflatten(tree.structure(template), leaves) as T)
  },
)

/**
 * The weights of a tree under the names and in the layouts of elsewhere: the inverse of `importWeights`.
 * @example
 * const exported = exportWeights(weights.torchRules, { params: { fc: { kernel: np.ones([2, 3]) } } })
 * E.isRight(exported) && exported.right.get('fc.weight')?.shape // [3, 2]
 */
export const exportWeights = (rules: readonly Rule[], parameters: unknown): E.Either<WeightsError, NamedTensors> => {
  const { tensors, missing, extra, mismatched } = convert(rules, nameLeaves(parameters), 'ours', 'theirs')
  if (missing.length + extra.length + mismatched.length > 0) return E.left(errorOf({ missing, extra, mismatched }))
  return E.right(tensors)
}
