/** Whether a program fits into memory: one that does not is told so when it is compiled, by its largest tensor. */
import { bytesOf } from '../dtype.js'
import { OutOfMemoryError } from '../errors.js'
import { showType } from '../print.js'
import { maximumBytes } from '../runtime/memory.js'
import { sizeOf } from '../shape.js'
import type { Abstract } from '../tensor.js'

type Type = Pick<Abstract, 'shape' | 'dtype'>

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20)

export class Room {
  private most = 0
  private largest: { readonly type: Type; readonly madeBy: string } | null = null

  /** Says of a tensor in memory what makes it. @throws OutOfMemoryError if nothing could ever hold it */
  enter(type: Type, madeBy: () => string): void {
    const bytes = sizeOf(type.shape) * bytesOf(type.dtype)
    if (bytes <= this.most) return
    this.most = bytes
    this.largest = { type, madeBy: madeBy() }
    this.check(bytes)
  }

  /** @throws OutOfMemoryError if memory cannot be so large */
  check(bytes: number): void {
    if (bytes <= maximumBytes()) return
    const { largest } = this
    const named =
      largest === null
        ? ''
        : ` Its largest tensor is ${showType(largest.type)}, of ${largest.madeBy}, with ${mebibytes(this.most)} MiB.`
    throw new OutOfMemoryError(
      `A compiled program needs ${mebibytes(bytes)} MiB at once and the WebAssembly memory ends at ${mebibytes(maximumBytes())} MiB.${named} ` +
        'Work in smaller batches, or use checkpoint or scan to keep fewer intermediate results.',
    )
  }
}
