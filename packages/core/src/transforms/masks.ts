/** Choosing by masks: which operands are linear, batched, unknown. */
export const or = (a: readonly boolean[], b: readonly boolean[]): boolean[] => a.map((x, i) => x || b[i] === true)
export const count = (mask: readonly boolean[]): number => mask.filter((m) => m).length
/** The entries where the mask is true. */
export const some = <T>(list: readonly T[], mask: readonly boolean[]): T[] => list.filter((_, i) => mask[i])
/** The entries where the mask is false. */
export const others = <T>(list: readonly T[], mask: readonly boolean[]): T[] => list.filter((_, i) => !mask[i])

/** Grows a mask over a loop's carry until the body maps it into itself. */
export const fixpoint = <R>(
  carry: readonly boolean[],
  attempt: (carry: readonly boolean[]) => readonly [R, readonly boolean[]],
): readonly [R, readonly boolean[]] => {
  let mask = carry
  for (;;) {
    const [result, returned] = attempt(mask)
    const next = or(mask, returned)
    if (next.every((m, i) => m === mask[i])) return [result, mask]
    mask = next
  }
}
