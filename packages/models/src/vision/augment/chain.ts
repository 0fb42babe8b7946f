/** Augmentations as values: pure functions of a key and a scene, which compose to others. */
import { ArgumentError, np, operation, RangeError, random, ShapeError, type Tensor, tree, vmap } from '@puregrad/core'
import type { Key } from '@puregrad/nn'
import type { Monoid as MonoidOf } from 'fp-ts/lib/Monoid.js'
import { checkScene, type Scene } from './scene.js'

/** One thing that is done to a scene by chance. What it does not change it hands on. */
export type AugmentationStep = <S extends Scene>(key: Key, scene: S) => S

/** A pure function of a key and a scene: the same key does the same. It is made of steps, each with a key of its own. */
export interface Augmentation {
  <S extends Scene>(key: Key, scene: S): S
  /** The i-th gets `random.foldIn(key, i)`. */
  readonly steps: readonly AugmentationStep[]
}

const fromSteps = (steps: readonly AugmentationStep[]): Augmentation =>
  Object.assign(
    <S extends Scene>(key: Key, scene: S): S => steps.reduce((now, step, i) => step(random.foldIn(key, i), now), scene),
    { steps: Object.freeze(steps) },
  )

/** An augmentation of one step, whose scenes are checked. */
export const stepped = (name: string, step: AugmentationStep): Augmentation =>
  fromSteps([
    (key, scene) => {
      checkScene(`augment.${name}`, scene)
      return step(key, scene)
    },
  ])

/**
 * Augmentations one after the other. Chains of chains are flat, which makes `chain` associative with `chain()` as its unit, keys
 * included; a chain of one is that one. A function (key, scene) ↦ scene of one's own is a step, too.
 * @example
 * const prepare = augment.chain(augment.flip(), augment.pad(2), augment.crop([8, 8]))
 * prepare(random.key(0), { image: np.ones([8, 8, 3]) }).image.shape // [8, 8, 3]
 */
export const chain = operation(
  'augment.chain',
  {},
  (...augmentations: readonly (Augmentation | AugmentationStep)[]): Augmentation => {
    const wrong = augmentations.findIndex((f) => typeof f !== 'function')
    if (wrong >= 0)
      throw new ArgumentError(
        `augment.chain: argument ${wrong + 1} of ${augmentations.length} is no augmentation. They are made first: augment.chain(augment.flip()).`,
      )
    return fromSteps(augmentations.flatMap((f) => ('steps' in f ? f.steps : [f])))
  },
)

/**
 * `chain` of two as an fp-ts Monoid. Laws: associativity and both identities, keys included.
 * @example
 * const both = augment.Monoid.concat(augment.flip(), augment.crop([4, 4]))
 * both(random.key(0), { image: np.ones([8, 8, 3]) }).image.shape // [4, 4, 3]
 */
export const Monoid: MonoidOf<Augmentation> = Object.freeze({
  concat: (x: Augmentation, y: Augmentation) => chain(x, y),
  empty: chain(),
})

export const checkProbability = (name: string, probability: number): void => {
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`${name}: the probability is ${probability}, and has to be between 0 and 1.`)
}

/** One of two scenes of the same shapes; what both share is not looked at. */
const either = <S extends Scene>(coin: Tensor, then: S, otherwise: S): S =>
  tree.map(
    (a: unknown, b: unknown) => {
      if (a === b) return a
      const [one, other] = [a, b] as [Tensor, Tensor]
      if (String(one.shape) !== String(other.shape) || one.dtype !== other.dtype)
        throw new ShapeError(
          `augment.sometimes: it makes ${one.dtype}[${one.shape}] of ${other.dtype}[${other.shape}]. What is done by chance has to keep sizes and dtypes.`,
        )
      return np.where(coin, one, other)
    },
    then as never,
    otherwise as never,
  ) as S

/**
 * An augmentation that is done with some probability. Both outcomes are computed, and one is chosen: shapes have to be the same.
 * @throws RangeError for a probability outside 0 … 1; ShapeError, when called, for an augmentation that changes sizes
 * @example
 * const grey = augment.sometimes(0.2, (_, scene) => ({ ...scene, image: augment.adjustSaturation(scene.image, 0) }))
 * grey(random.key(0), { image: np.ones([8, 8, 3]) }).image.shape // [8, 8, 3]
 */
export const sometimes = operation(
  'augment.sometimes',
  {},
  (probability: number, augmentation: Augmentation | AugmentationStep): Augmentation => {
    checkProbability('augment.sometimes', probability)
    const done = chain(augmentation)
    if (probability === 0) return chain()
    return fromSteps([
      (key, scene) => {
        const [forCoin, forIt] = random.split(key) as unknown as [Key, Key]
        const then = done(forIt, scene)
        return probability === 1 ? then : either(random.bernoulli(forCoin, probability), then, scene)
      },
    ])
  },
)

/**
 * An augmentation of a batch of scenes, every tensor of which has the batch first: each scene gets a key of its own, and what it gets
 * alone with this key.
 * @example
 * const images = np.ones([16, 8, 8, 3])
 * augment.batch(augment.flip())(random.key(0), { image: images, labels: np.zeros([16]) }).image.shape // [16, 8, 8, 3]
 */
export const batch = operation(
  'augment.batch',
  {},
  (augmentation: Augmentation | AugmentationStep): AugmentationStep => {
    const each = chain(augmentation)
    return <S extends Scene>(key: Key, scenes: S): S => {
      if (scenes.image?.ndim !== 4)
        throw new ShapeError('augment.batch: the images have to be [batch, height, width, channels].')
      const keys = random.split(key, scenes.image.shape[0] as number)
      return vmap((k: Key, scene: Scene) => each(k, scene))(keys, scenes) as S
    }
  },
)
