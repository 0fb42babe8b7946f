/** First-fit allocation of byte ranges, neighbouring gaps merged; low addresses first, so that the ones last used come back soon. */
import { align } from './align.js'

interface Gap {
  start: number
  end: number
}

export class Heap {
  /** First byte that was never handed out. */
  peak: number
  private gaps: Gap[] = []

  constructor(start = 0) {
    this.peak = start
  }

  /** `true` if there is a gap for so many bytes below the peak. */
  hasGap(bytes: number): boolean {
    const size = align(bytes)
    return this.gaps.some((gap) => gap.end - gap.start >= size)
  }

  /** A place for so many bytes. Where the peak has to rise, `grow` is told first; if it throws, nothing has changed. */
  take(bytes: number, grow?: (peak: number) => void): number {
    const size = align(bytes)
    for (let i = 0; i < this.gaps.length; i++) {
      const gap = this.gaps[i] as Gap
      if (gap.end - gap.start < size) continue
      const { start } = gap
      gap.start += size
      if (gap.start === gap.end) this.gaps.splice(i, 1)
      return start
    }
    const last = this.gaps[this.gaps.length - 1]
    const start = last?.end === this.peak ? last.start : this.peak
    grow?.(start + size)
    if (start < this.peak) this.gaps.pop()
    this.peak = start + size
    return start
  }
  give(start: number, bytes: number): void {
    const end = start + align(bytes)
    if (end === start) return
    let i = this.gaps.findIndex((g) => g.start > start)
    if (i === -1) i = this.gaps.length
    const before = this.gaps[i - 1]
    const after = this.gaps[i]
    const joinsBefore = before !== undefined && before.end === start
    const joinsAfter = after !== undefined && after.start === end
    if (joinsBefore && joinsAfter) {
      before.end = after.end
      this.gaps.splice(i, 1)
    } else if (joinsBefore) before.end = end
    else if (joinsAfter) after.start = start
    else this.gaps.splice(i, 0, { start, end })
  }
}
