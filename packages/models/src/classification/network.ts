/** Networks: layers in a chain of named stages, of which a part can be taken, or another end be put in place. */
import { ArgumentError, operation, type Tensor, tree } from '@puregrad/core'
import { type Layer, lambda, named, type ParamsOf, type StateOf, type TensorStage } from '@puregrad/nn'

/** Stages by name, in their order. */
export type Stages = Readonly<Record<string, TensorStage>>

/** The parameters of stages, by their names. */
export type ParamsOfStages<C> = { readonly [K in keyof C]: ParamsOf<C[K]> }
/** Their states. */
export type StatesOfStages<C> = { readonly [K in keyof C]: StateOf<C[K]> }

/** A layer whose stages are known. Its parameters have torchvision's names. */
export interface Network<C extends Stages> extends Layer<ParamsOfStages<C>, StatesOfStages<C>> {
  readonly stages: C
}

/**
 * A network of stages one after another, by name.
 * @example
 * const model = network('small', { conv1: conv2d(4, { kernelSize: 3 }), relu, pool: globalAvgPool(), fc: dense(2) })
 * init(model, [8, 8, 1], random.key(0)).params.fc.kernel.shape // [4, 2]
 */
export const network = <const C extends Stages>(name: string, stages: C): Network<C> => ({
  ...(named(stages) as Layer<ParamsOfStages<C>, StatesOfStages<C>>),
  name,
  stages,
})

/** [batch, height, width, channels] as vectors, channel by channel as in PyTorch, so that dense kernels behind it are as theirs. */
export const flattenChannelsFirst = lambda(
  (x: Tensor): Tensor => x.transpose([0, 3, 1, 2]).reshape([x.shape[0] as number, -1]),
  { name: 'flatten' },
)

/** The names of stages up to and with this one. @throws ArgumentError if there is none of that name */
const upTo = (name: string, stages: Stages, at: string): readonly string[] => {
  const names = Object.keys(stages)
  const end = names.indexOf(at)
  if (end >= 0) return names.slice(0, end + 1)
  throw new ArgumentError(`features: ${name} has no stage '${at}'. Its stages are ${names.join(', ')}.`)
}

export interface FeaturesOptions<C extends Stages> {
  /** The last stage that runs. */
  readonly at: keyof C & string
}

/**
 * What a network has seen up to a stage: a layer with the network's own parameters and state that ends there.
 * @throws ArgumentError if there is no such stage, naming those that there are
 * @example
 * const model = resnet18({ classes: 10, width: 8 })
 * const { params, state } = init(model, [32, 32, 3], random.key(0))
 * const seen = features(model, { at: 'layer2' })
 * seen.apply(params, state, np.ones([1, 32, 32, 3]), { mode: 'eval' })[0].shape // [1, 4, 4, 16]
 */
export const features = operation(
  'features',
  { at: 1, names: ['at'] },
  <const C extends Stages>(
    { name, stages, plan }: Network<C>,
    { at }: FeaturesOptions<C>,
  ): Layer<ParamsOfStages<C>, StatesOfStages<C>> => {
    const names = upTo(name, stages, at)
    const part = named(Object.fromEntries(names.map((stage) => [stage, stages[stage] as TensorStage])))
    return {
      name: `features(${name}, ${at})`,
      plan: (input) => {
        const [whole, first] = [plan(input), part.plan(input)]
        if (whole._tag === 'Left') return whole
        return first._tag === 'Left' ? first : { _tag: 'Right', right: { ...whole.right, out: first.right.out } }
      },
      apply: (params, state, x, ctx) => {
        const [y, next] = part.apply(params, state, x, ctx)
        return [y, { ...state, ...next }]
      },
    }
  },
)

/**
 * The network with another last stage, such as a classifier of other classes. `reuse` takes what the networks have in common along.
 * @param head in place of the last stage, which networks call 'fc' or 'classifier'
 * @throws ArgumentError if the last stage has another name
 * @example
 * const model = withHead(resnet18({ width: 8 }), dense(3))
 * init(model, [32, 32, 3], random.key(0)).params.fc.kernel.shape // [64, 3]
 */
export const withHead = <const C extends Stages, H extends TensorStage>(
  { name, stages }: Network<C>,
  head: H,
): Network<Omit<C, LastOf<C>> & { readonly [K in LastOf<C>]: H }> => {
  const last = Object.keys(stages).at(-1)
  if (last !== 'fc' && last !== 'classifier')
    throw new ArgumentError(
      `withHead: the last stage of ${name} is '${last}', and heads are called fc or classifier. Make a network of { ...stages } with one.`,
    )
  return network(name, { ...stages, [last]: head }) as never
}

/** The name that the last stage has in torchvision. */
export type LastOf<C> = Extract<keyof C, 'fc' | 'classifier'>

/** A network's variables under way. */
interface SomeVariables<P, S> {
  readonly params: P
  readonly state: S
}

/**
 * Variables of a network with what another one has of the same names and shapes: what was learnt goes on under a new head.
 * @returns the variables, and the names of the stages that were taken over
 * @example
 * const [old, model] = [resnet18({ classes: 10, width: 8 }), withHead(resnet18({ width: 8 }), dense(3))]
 * const learnt = init(old, [32, 32, 3], random.key(0))
 * const { variables, reused } = reuse(init(model, [32, 32, 3], random.key(1)), learnt)
 * reused.includes('layer4') // true
 * reused.includes('fc') // false
 * np.arrayEqual(variables.params.conv1.kernel, learnt.params.conv1.kernel) // true
 */
export const reuse = <P extends object, S extends object>(
  start: SomeVariables<P, S>,
  learnt: SomeVariables<object, object>,
): { readonly variables: SomeVariables<P, S>; readonly reused: readonly string[] } => {
  const types = (x: unknown): string => {
    const leaves = tree.leaves(x as never) as readonly Tensor[]
    return `${tree.structure(x)} ${leaves.map(({ dtype, shape }) => `${dtype}[${shape}]`)}`
  }
  const theirs = learnt.params as Readonly<Record<string, unknown>>
  const states = learnt.state as Readonly<Record<string, unknown>>
  const reused = Object.entries(start.params).flatMap(([name, own]) =>
    name in theirs && types(own) === types(theirs[name]) ? [name] : [],
  )
  const taken = <T extends object>(own: T, from: Readonly<Record<string, unknown>>): T => ({
    ...own,
    ...Object.fromEntries(reused.flatMap((name) => (name in from ? [[name, from[name]]] : []))),
  })
  return { variables: { params: taken(start.params, theirs), state: taken(start.state, states) }, reused }
}
