/** What becomes of each thing that was found: right, wrong, or neither. */
import type { Scene } from './things.js'

/** Areas from the first to the second, both included. */
export type AreaRange = readonly [least: number, most: number]

export type Outcome = 'right' | 'wrong' | 'ignored'

/** What became of the things found in an image, the best first, and how many were to be found. */
export interface Outcomes {
  readonly scores: readonly number[]
  readonly outcomes: readonly Outcome[]
  readonly wanted: number
}

/** Which true thing each found one takes, or −1; the best choose first. */
type Matcher = (scene: Scene, ignored: readonly boolean[], threshold: number) => readonly number[]

/**
 * COCO: of the true things that are free, the one that overlaps most, and one that counts before one that does not; crowds are
 * always free. Of equal overlaps the last is taken, as in pycocotools' COCOeval.evaluateImg.
 */
const free: Matcher = ({ overlaps, truth: { crowd } }, ignored, threshold) => {
  const order = ignored.map((_, k) => k).sort((a, b) => Number(ignored[a]) - Number(ignored[b]))
  const taken = new Set<number>()
  return overlaps.map((row) => {
    let [best, match] = [Math.min(threshold, 1 - 1e-10), -1]
    for (const k of order) {
      if (taken.has(k) && !crowd[k]) continue
      if (match >= 0 && !ignored[match] && ignored[k]) break
      if ((row[k] as number) < best) continue
      ;[best, match] = [row[k] as number, k]
    }
    if (match >= 0) taken.add(match)
    return match
  })
}

/** VOC: the true thing that overlaps most, taken or not. */
const nearest: Matcher = ({ overlaps }, _, threshold) =>
  overlaps.map((row) => {
    const best = row.reduce((most, x, k) => (x > (row[most] ?? Number.NEGATIVE_INFINITY) ? k : most), 0)
    return (row[best] ?? Number.NEGATIVE_INFINITY) >= threshold ? best : -1
  })

/** How found and true things belong together in COCO's and in VOC's evaluation. */
export const matchers = { free, nearest }

/** What becomes of the things that were found in an image. */
export const outcomesOf = (scene: Scene, matcher: Matcher, threshold: number, [least, most]: AreaRange): Outcomes => {
  const { found, truth } = scene
  const outside = (area: number): boolean => area < least || area > most
  const ignored = truth.areas.map((area, k) => Boolean(truth.crowd[k] || truth.difficult[k]) || outside(area))
  const taken = new Set<number>()
  const outcomes = matcher(scene, ignored, threshold).map((match, i): Outcome => {
    if (match < 0) return outside(found.areas[i] as number) ? 'ignored' : 'wrong'
    if (ignored[match]) return 'ignored'
    if (taken.has(match)) return 'wrong'
    taken.add(match)
    return 'right'
  })
  return { scores: found.scores, outcomes, wanted: ignored.filter((is) => !is).length }
}

/** Precision and recall behind each found thing that counts, the best of all images first. */
export interface Curve {
  readonly scores: readonly number[]
  readonly correct: readonly boolean[]
  readonly precision: readonly number[]
  readonly recall: readonly number[]
  /** How many were to be found. */
  readonly wanted: number
}

export const curveOf = (images: readonly Outcomes[]): Curve => {
  const wanted = images.reduce((sum, image) => sum + image.wanted, 0)
  const all = images
    .flatMap(({ scores, outcomes }) => outcomes.map((outcome, i) => ({ outcome, score: scores[i] as number })))
    .filter(({ outcome }) => outcome !== 'ignored')
    .sort((a, b) => b.score - a.score)
  let right = 0
  const hits = all.map(({ outcome }) => (outcome === 'right' ? ++right : right))
  return {
    scores: all.map(({ score }) => score),
    correct: all.map(({ outcome }) => outcome === 'right'),
    precision: hits.map((count, i) => count / (i + 1)),
    recall: hits.map((count) => (wanted === 0 ? Number.NaN : count / wanted)),
    wanted,
  }
}
