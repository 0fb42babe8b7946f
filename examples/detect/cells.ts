/** Photographs of blood with a box around every cell: from files, or drawn. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import type { UsedData } from '../runner/example.js'
import { drawCells } from './drawn-cells.js'

/** What there is in blood, with the names that the files have: the first is label 1. */
export const kinds = ['RBC', 'WBC', 'Platelets'] as const

/** x₁ y₁ x₂ y₂ in pixels. */
export type Corners = readonly [x1: number, y1: number, x2: number, y2: number]

export interface Cell {
  /** From 1 up: 0 is the background of detectors. */
  readonly label: number
  readonly corners: Corners
}

/** Images of one size, and what is in each. */
export interface Cells {
  readonly size: readonly [height: number, width: number]
  /** [height, width, 3] each. */
  readonly images: readonly Uint8Array[]
  readonly cells: readonly (readonly Cell[])[]
}

export interface CellSets {
  readonly train: Cells
  readonly test: Cells
  readonly used: UsedData
}

/** The images at some places. */
export const select = ({ size, images, cells }: Cells, isTaken: (place: number) => boolean): Cells => ({
  size,
  images: images.filter((_, i) => isTaken(i)),
  cells: cells.filter((_, i) => isTaken(i)),
})

const every = 5 // one of five images is held out

/** Every fifth image apart. */
export const split = (all: Cells): readonly [most: Cells, held: Cells] => {
  const isHeld = (i: number): boolean => i % every === every - 1
  return [select(all, (i) => !isHeld(i)), select(all, isHeld)]
}

const isCorners = (x: unknown): x is Corners =>
  Array.isArray(x) && x.length === 4 && x.every(Number.isFinite) && x[0] < x[2] && x[1] < x[3]

/**
 * Boxes of images from their JSON; on the left is what is wrong with it.
 * @example
 * const text = '{"image_width": 8, "image_height": 6, "images": [{"boxes": [{"label": "WBC", "xyxy": [1, 1, 4, 5]}]}]}'
 * readBoxes(text) // right({ size: [6, 8], cells: [[{ label: 2, corners: [1, 1, 4, 5] }]] })
 */
export const readBoxes = (text: string): E.Either<string, Omit<Cells, 'images'>> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    return E.left(`it is no JSON: ${cause instanceof Error ? cause.message : cause}`)
  }
  const { image_width, image_height, images } = (json ?? {}) as Readonly<Record<string, unknown>>
  const isSide = (n: unknown): n is number => Number.isInteger(n) && (n as number) > 0
  if (!isSide(image_width) || !isSide(image_height) || !Array.isArray(images))
    return E.left('it has no image_width, image_height and images')
  const cells: Cell[][] = []
  for (const [i, image] of images.entries()) {
    const boxes: unknown = image?.boxes
    if (!Array.isArray(boxes)) return E.left(`image ${i} has no boxes`)
    const own: Cell[] = []
    for (const [k, box] of boxes.entries()) {
      const kind = kinds.indexOf(box?.label)
      if (kind < 0) return E.left(`box ${k} of image ${i} is of '${box?.label}', which is none of ${kinds.join(', ')}`)
      if (!isCorners(box.xyxy)) return E.left(`box ${k} of image ${i} has no corners xyxy: x₁ < x₂ and y₁ < y₂`)
      own.push({ label: kind + 1, corners: box.xyxy })
    }
    cells.push(own)
  }
  return E.right({ size: [image_height, image_width], cells })
}

const files = (part: 'train' | 'test', count: number) => ({
  boxes: `${part}-boxes.json`,
  images: `${part}-images-u8-${count}x120x160x3.bin.gz`,
})

const readPart = async (
  folder: string,
  names: { readonly boxes: string; readonly images: string },
): Promise<E.Either<string, Cells>> => {
  const [boxFile, imageFile] = [join(folder, names.boxes), join(folder, names.images)]
  let text: string
  let bytes: Uint8Array
  try {
    text = await readFile(boxFile, 'utf8')
    bytes = gunzipSync(await readFile(imageFile))
  } catch (cause) {
    return E.left(
      `${boxFile} and ${imageFile} have to be files, the second one gzipped: ${cause instanceof Error ? cause.message : cause}.`,
    )
  }
  const read = readBoxes(text)
  if (E.isLeft(read)) return E.left(`${boxFile}: ${read.left}.`)
  const { size, cells } = read.right
  const width = size[0] * size[1] * 3
  if (bytes.length !== cells.length * width)
    return E.left(
      `${imageFile} has ${bytes.length} bytes, and ${cells.length} images of ${size.join(' × ')} × 3 are ${cells.length * width}.`,
    )
  return E.right({ size, cells, images: cells.map((_, i) => bytes.subarray(i * width, (i + 1) * width)) })
}

/** Cells of files, or drawn ones without them, some images held out. */
export const loadCells = async (
  folder: string | undefined,
  seed: number,
  limit: number,
): Promise<E.Either<string, CellSets>> => {
  if (folder === undefined) {
    const [train, test] = split(drawCells({ seed, count: Math.min(limit, 100), size: [120, 160] }))
    return E.right({ train, test, used: { kind: 'stand-in', what: 'drawn cells' } })
  }
  const within = join(folder, 'bccd-160x120')
  const train = await readPart(within, files('train', 100))
  if (E.isLeft(train)) return train
  const test = await readPart(within, files('test', 20))
  if (E.isLeft(test)) return test
  return E.right({
    train: select(train.right, (i) => i < limit),
    test: select(test.right, (i) => i < limit),
    used: { kind: 'files', what: 'bccd-160x120', folder },
  })
}
