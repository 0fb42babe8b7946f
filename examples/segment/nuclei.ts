/** Images of cell nuclei with the number of the nucleus at every pixel: from files, or drawn. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { data as dataModule, showDataError } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { UsedData } from '../runner/example.js'
import { drawNuclei } from './drawn-nuclei.js'

/** Square images, which nucleus each pixel belongs to, 0 for none, and how much of it is covered by nuclei. */
export interface Nuclei {
  readonly count: number
  readonly size: number
  /** [count, size, size, 3] */
  readonly images: Uint8Array
  /** [count, size, size] */
  readonly instances: Uint8Array
  /** [count, size, size], from 0 to 255: pixels of smaller images may be covered in part. */
  readonly covered: Uint8Array
}

/** Pixels that belong to a nucleus are covered, others are not. */
export const wholly = (instances: Uint8Array): Uint8Array => instances.map((nucleus) => (nucleus > 0 ? 255 : 0))

/** What is learnt from, what settings are chosen by, and what is judged by in the end. */
export interface NucleiSets {
  readonly train: Nuclei
  readonly test: Nuclei
  readonly used: UsedData
}

/** The images at these places. */
export const select = ({ size, images, instances, covered }: Nuclei, places: readonly number[]): Nuclei => {
  const pixels = size * size
  const rows = (from: Uint8Array, width: number): Uint8Array => {
    const to = new Uint8Array(places.length * width)
    for (const [i, place] of places.entries()) to.set(from.subarray(place * width, (place + 1) * width), i * width)
    return to
  }
  return {
    count: places.length,
    size,
    images: rows(images, 3 * pixels),
    instances: rows(instances, pixels),
    covered: rows(covered, pixels),
  }
}

const every = 5 // one of five images is held out

/** Every fifth image apart. */
export const split = (all: Nuclei): readonly [most: Nuclei, held: Nuclei] => {
  const places = Array.from({ length: all.count }, (_, i) => i)
  const isHeld = (i: number): boolean => i % every === every - 1
  return [
    select(
      all,
      places.filter((i) => !isHeld(i)),
    ),
    select(all, places.filter(isHeld)),
  ]
}

/** The nucleus that most of four pixels belong to, and none only if most belong to none. */
const voted = (four: readonly number[]): number => {
  const nuclei = four.filter((nucleus) => nucleus > 0)
  const votes = (nucleus: number): number => nuclei.filter((other) => other === nucleus).length
  return nuclei.length < 2 ? 0 : nuclei.reduce((best, nucleus) => (votes(nucleus) > votes(best) ? nucleus : best))
}

/** Images half as large: the mean of four pixels, and the nucleus that most of them belong to. */
export const halved = ({ count, size, images, instances, covered }: Nuclei): Nuclei => {
  const half = size / 2
  const pixels = count * half * half
  const small = {
    images: new Uint8Array(3 * pixels),
    instances: new Uint8Array(pixels),
    covered: new Uint8Array(pixels),
  }
  for (let i = 0; i < count; i++)
    for (let y = 0; y < half; y++)
      for (let x = 0; x < half; x++) {
        const [to, from] = [(i * half + y) * half + x, (i * size + 2 * y) * size + 2 * x]
        const four = [from, from + 1, from + size, from + size + 1]
        const mean = (values: Uint8Array, channels: number, channel: number): number =>
          four.reduce((sum, at) => sum + (values[at * channels + channel] as number), 2) >> 2
        small.instances[to] = voted(four.map((at) => instances[at] as number))
        small.covered[to] = mean(covered, 1, 0)
        for (let channel = 0; channel < 3; channel++) small.images[to * 3 + channel] = mean(images, 3, channel)
      }
  return { count, size: half, ...small }
}

const readImage = async (path: string, channels: 1 | 3): Promise<E.Either<string, dataModule.Image>> => {
  const decode = (bytes: Uint8Array, named: { readonly file: string }) =>
    dataModule.decodeImage(bytes, { ...named, channels })
  return E.mapLeft(showDataError)(await dataModule.readFileAs(path, decode, {})())
}

/** The first `limit` images of DIR/dsb2018; on the left is what was wrong with a file. */
const readNuclei = async (folder: string, limit: number): Promise<E.Either<string, Nuclei>> => {
  const within = join(folder, 'dsb2018')
  let names: readonly string[]
  try {
    names = (await readdir(join(within, 'images'))).filter((name) => name.endsWith('.png')).sort()
  } catch {
    return E.left(`There is no folder ${join(within, 'images')}. Give --data the folder that holds dsb2018.`)
  }
  const pairs: (readonly [dataModule.Image, dataModule.Image])[] = []
  for (const name of names.slice(0, limit)) {
    const image = await readImage(join(within, 'images', name), 3)
    if (E.isLeft(image)) return image
    const instances = await readImage(join(within, 'instances', name), 1)
    if (E.isLeft(instances)) return instances
    pairs.push([image.right, instances.right])
  }
  const size = pairs[0]?.[0].shape[0] ?? 0
  const odd = pairs.findIndex((pair) => pair.some(({ shape: [height, width] }) => height !== size || width !== size))
  if (odd >= 0 || size === 0)
    return E.left(`Images in ${within} have to be squares of one size; ${names[Math.max(odd, 0)] ?? 'none'} is not.`)
  const together = (which: 0 | 1, channels: number): Uint8Array => {
    const all = new Uint8Array(pairs.length * size * size * channels)
    for (const [i, pair] of pairs.entries()) all.set(pair[which].data, i * size * size * channels)
    return all
  }
  const instances = together(1, 1)
  return E.right({ count: pairs.length, size, images: together(0, 3), instances, covered: wholly(instances) })
}

/** Nuclei of files, or drawn ones without them, every fifth image held out. */
export const loadNuclei = async (
  folder: string | undefined,
  seed: number,
  limit: number,
): Promise<E.Either<string, NucleiSets>> => {
  if (folder === undefined) {
    const [train, test] = split(drawNuclei({ seed, count: Math.min(limit, 100), size: 128 }))
    return E.right({ train, test, used: { kind: 'stand-in', what: 'drawn nuclei' } })
  }
  return E.map((all: Nuclei): NucleiSets => {
    const [train, test] = split(all)
    return { train, test, used: { kind: 'files', what: 'dsb2018', folder } }
  })(await readNuclei(folder, limit))
}
