/** What was found and what is there, image by image and off the device: the best first, without what only fills up. */
import { ArgumentError, np, ShapeError, Tensor } from '@puregrad/core'
import type { Detections, Targets } from '../detection/targets.js'

/** What a detector found in a batch of images. */
export interface FoundThings extends Detections {
  /** [batch, n, height, width], everything from 0.5 up belongs to the thing. */
  readonly masks?: Tensor
}

/** What is in a batch of images. */
export interface TrueThings extends Targets {
  /** [batch, m, height, width], everything from 0.5 up belongs to the thing. */
  readonly masks?: Tensor
  /** bool [batch, m], groups, which may be found any number of times, and do not have to be. */
  readonly crowd?: Tensor
  /** bool [batch, m], things that do not have to be found. */
  readonly difficult?: Tensor
  /** [batch, m], areas by which sizes are told apart: those of masks, or else of boxes, unless given. */
  readonly areas?: Tensor
}

/** Things of a class in an image that were found, the best first. */
export interface ImageFound {
  readonly scores: readonly number[]
  readonly areas: readonly number[]
}

/** Things of a class in an image. */
export interface ImageTruth {
  readonly crowd: readonly boolean[]
  readonly difficult: readonly boolean[]
  readonly areas: readonly number[]
}

/** An image as one class sees it. */
export interface Scene {
  readonly found: ImageFound
  readonly truth: ImageTruth
  /** Of what was found (rows) with what is there (columns). Overlap with a crowd is the share of the found thing in it. */
  readonly overlaps: readonly (readonly number[])[]
}

const listOf = <T>(x: T | readonly T[]): readonly T[] => (Array.isArray(x) ? (x as readonly T[]) : [x as T])

const check = (operation: string, found: FoundThings, truth: TrueThings, masks: boolean): void => {
  const ask = (what: string, given: object, names: readonly string[]): void => {
    for (const name of names)
      if (!((given as Readonly<Record<string, unknown>> | undefined)?.[name] instanceof Tensor))
        throw new ArgumentError(`${operation}: ${what} has no ${name}. It is { ${names.join(', ')} }, tensors each.`)
  }
  const more = masks ? ['masks'] : []
  ask('what was found', found, ['boxes', 'scores', 'labels', 'valid', ...more])
  ask('the truth', truth, ['boxes', 'labels', 'valid', ...more])
  const fits = (boxes: Tensor, others: readonly (Tensor | undefined)[]): boolean =>
    boxes.ndim === 3 &&
    boxes.shape[2] === 4 &&
    others.every((x) => x === undefined || String(x.shape) === String(boxes.shape.slice(0, 2)))
  const sides = (x: Tensor | undefined): string => String(x?.shape.slice(2))
  const ofMasks = (boxes: Tensor, x: Tensor | undefined): boolean =>
    !masks || (x?.ndim === 4 && String(x.shape.slice(0, 2)) === String(boxes.shape.slice(0, 2)))
  if (
    found.boxes.shape[0] === truth.boxes.shape[0] &&
    fits(found.boxes, [found.scores, found.labels, found.valid]) &&
    fits(truth.boxes, [truth.labels, truth.valid, truth.crowd, truth.difficult, truth.areas]) &&
    ofMasks(found.boxes, found.masks) &&
    ofMasks(truth.boxes, truth.masks) &&
    (!masks || sides(found.masks) === sides(truth.masks))
  )
    return
  const shapes = (things: object): string =>
    Object.entries(things)
      .flatMap(([name, x]) => (x instanceof Tensor ? [`${name} [${x.shape}]`] : []))
      .join(', ')
  throw new ShapeError(
    `${operation}: found are boxes [batch, n, 4] and scores, labels, valid [batch, n], and true are boxes [batch, m, 4] and labels, valid [batch, m], ` +
      `masks [batch, n or m, height, width]; these are ${shapes(found)}; and ${shapes(truth)}. For one image take a batch of one.`,
  )
}

type Box = readonly [number, number, number, number]

const areaOf = ([x1, y1, x2, y2]: Box): number => (x2 - x1) * (y2 - y1)

const intersection = (a: Box, b: Box): number => {
  const [width, height] = [Math.min(a[2], b[2]) - Math.max(a[0], b[0]), Math.min(a[3], b[3]) - Math.max(a[1], b[1])]
  return width <= 0 || height <= 0 ? 0 : width * height
}

/** A batch as rows of plain numbers; of masks what each pair has in common. */
interface Rows {
  readonly boxes: readonly (readonly Box[])[]
  readonly of: (name: string) => readonly (readonly number[])[] | undefined
}

const rowsOf = (things: object): Rows => {
  const read = (x: unknown): unknown => (x instanceof Tensor ? x.astype('float64').toArray() : undefined)
  const named = things as Readonly<Record<string, unknown>>
  return {
    boxes: read(named.boxes) as readonly (readonly Box[])[],
    of: (name) => read(named[name]) as readonly (readonly number[])[] | undefined,
  }
}

/** Pixels of each mask, and those in common, of a batch. */
const pixels = (found: Tensor, truth: Tensor) => {
  const flat = (x: Tensor): Tensor =>
    x
      .ge(0.5)
      .astype('float32')
      .reshape([x.shape[0] as number, x.shape[1] as number, -1])
  const [a, b] = [flat(found), flat(truth)]
  const counts = (x: Tensor): number[][] => np.sum(x, { axis: 2 }).toArray() as number[][]
  return { found: counts(a), truth: counts(b), common: np.matmul(a, b.transpose([0, 2, 1])).toArray() as number[][][] }
}

const scenesOfBatch = (found: FoundThings, truth: TrueThings, masks: boolean) => {
  const [own, there] = [rowsOf(found), rowsOf(truth)]
  const counted = masks ? pixels(found.masks as Tensor, truth.masks as Tensor) : undefined
  const maskAreas = (): readonly (readonly number[])[] | undefined =>
    counted?.truth ??
    (truth.masks === undefined
      ? undefined
      : (np.sum(truth.masks.ge(0.5).astype('float32'), { axis: [2, 3] }).toArray() as number[][]))
  const areas = there.of('areas') ?? maskAreas()
  const [scores, labels, valid] = [own.of('scores'), own.of('labels'), own.of('valid')]
  const [trueLabels, trueValid, crowds, difficult] = [
    there.of('labels'),
    there.of('valid'),
    there.of('crowd'),
    there.of('difficult'),
  ]
  return own.boxes.map((boxes, image) => {
    const trueBoxes = there.boxes[image] ?? []
    const all = (rows: readonly (readonly number[])[] | undefined): readonly number[] => rows?.[image] ?? []
    const foundAreas = boxes.map((box, i) => counted?.found[image]?.[i] ?? areaOf(box))
    const mass = trueBoxes.map((box, i) => counted?.truth[image]?.[i] ?? areaOf(box))
    const overlap = (i: number, k: number): number => {
      const common = counted?.common[image]?.[i]?.[k] ?? intersection(boxes[i] as Box, trueBoxes[k] as Box)
      const whole = foundAreas[i] as number
      const union = all(crowds)[k] ? whole : whole + (mass[k] as number) - common
      return union > 0 ? common / union : 0
    }
    return {
      labels: new Set(trueLabels?.[image]?.filter((_, k) => all(trueValid)[k])),
      /** The image as a class sees it, with so many of the best at most. */
      scene: (label: number, most: number): Scene => {
        const chosen = boxes
          .map((_, i) => i)
          .filter((i) => all(valid)[i] && all(labels)[i] === label)
          // The order of equal scores stays.
          .sort((i, k) => (all(scores)[k] as number) - (all(scores)[i] as number))
          .slice(0, most)
        const real = trueBoxes.map((_, k) => k).filter((k) => all(trueValid)[k] && all(trueLabels)[k] === label)
        return {
          found: {
            scores: chosen.map((i) => all(scores)[i] as number),
            areas: chosen.map((i) => foundAreas[i] as number),
          },
          truth: {
            crowd: real.map((k) => Boolean(all(crowds)[k])),
            difficult: real.map((k) => Boolean(all(difficult)[k])),
            areas: real.map((k) => areas?.[image]?.[k] ?? (mass[k] as number)),
          },
          overlaps: chosen.map((i) => real.map((k) => overlap(i, k))),
        }
      },
    }
  })
}

/** All images of some batches, and the classes that there are in them, in their order. */
export const imagesOf = (
  operation: string,
  found: FoundThings | readonly FoundThings[],
  truth: TrueThings | readonly TrueThings[],
  masks: boolean,
) => {
  const [batches, truths] = [listOf(found), listOf(truth)]
  if (batches.length !== truths.length)
    throw new ArgumentError(
      `${operation}: there are ${batches.length} batches of what was found and ${truths.length} of the truth.`,
    )
  const images = batches.flatMap((batch, i) => {
    const there = truths[i] as TrueThings
    check(operation, batch, there, masks)
    return scenesOfBatch(batch, there, masks)
  })
  const labels = [...new Set(images.flatMap((image) => [...image.labels]))].sort((a, b) => a - b)
  return { images, labels }
}
