/** Average precision by COCO's rules, of one class: how much of what is found is right while more and more is taken. */

/** What was found in an image, the surest first, and what is there. */
export interface Scene {
  readonly scores: readonly number[]
  /** Of each found thing (rows) with each that is there (columns). */
  readonly overlaps: readonly (readonly number[])[]
  /** Things that need not be found: finding them is neither right nor wrong. */
  readonly ignored: readonly boolean[]
}

interface Outcome {
  readonly score: number
  readonly isRight: boolean
}

/** Whether each found thing is right; those that found what is ignored are left out. Each thing is found once, by the surest. */
const outcomesOf = ({ scores, overlaps, ignored }: Scene, threshold: number): readonly Outcome[] => {
  const taken = new Set<number>()
  return overlaps.flatMap((row, i) => {
    const free = row.flatMap((overlap, k) => (overlap >= threshold && !taken.has(k) ? [k] : []))
    const asked = free.filter((k) => !ignored[k])
    const match = (asked.length > 0 ? asked : free).reduce(
      (best, k) => (best < 0 || (row[k] as number) >= (row[best] as number) ? k : best),
      -1,
    )
    taken.add(match)
    if (match >= 0 && ignored[match]) return []
    return [{ score: scores[i] as number, isRight: match >= 0 }]
  })
}

const recalls = Array.from({ length: 101 }, (_, i) => i / 100) // pycocotools' recThrs

/**
 * The mean over 101 recalls of the best precision at that recall or beyond; NaN if nothing is to be found.
 * @example averagePrecision([{ scores: [0.9, 0.8], overlaps: [[0.7, 0], [0, 0.3]], ignored: [false, false] }], 0.5) // 51 / 101
 */
export const averagePrecision = (scenes: readonly Scene[], threshold: number): number => {
  const wanted = scenes.flatMap(({ ignored }) => ignored.filter((is) => !is)).length
  const all = scenes.flatMap((scene) => outcomesOf(scene, threshold)).sort((a, b) => b.score - a.score)
  let right = 0
  const curve = all.map(({ isRight }, i) => {
    right += isRight ? 1 : 0
    return { recall: right / wanted, precision: right / (i + 1) }
  })
  for (let i = curve.length - 2; i >= 0; i--) {
    const [here, next] = [curve[i], curve[i + 1]] as [{ recall: number; precision: number }, { precision: number }]
    curve[i] = { ...here, precision: Math.max(here.precision, next.precision) }
  }
  if (wanted === 0) return Number.NaN
  return recalls.reduce((sum, asked) => sum + (curve.find(({ recall }) => recall >= asked)?.precision ?? 0), 0) / 101
}
