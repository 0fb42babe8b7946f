/** Keys by name: every label gives its own key, whatever else there is. */
import { random } from '@puregrad/core'
import type { Ctx, Key } from './layer.js'
import { carryOver } from './recording.js'

/** 32 bits of a string: FNV-1a (Fowler, Noll & Vo), its offset basis and prime. */
const hash = (text: string): number => {
  let bits = 0x811c9dc5
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193)
  return bits >>> 0
}

/**
 * The key of a path below `key`.
 */
export const keyAt = (key: Key, path: readonly string[]): Key =>
  path.reduce((parent, label) => random.foldIn(parent, hash(label)), key)

/**
 * The context of a layer inside another. Its key is made when it is asked for, because most layers never do, and each time
 * anew, because the one who asks may be traced.
 */
export const ctxAt = (ctx: Ctx, label: string): Ctx =>
  carryOver(
    ctx,
    ctx.mode === 'eval'
      ? ctx
      : {
          mode: 'train',
          get key() {
            return keyAt(ctx.key, [label])
          },
        },
    label,
  )

/** A name for every stage of a list that later additions leave alone: its own, numbered where it occurs again. */
export const labels = (names: readonly string[]): readonly string[] =>
  names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length
    return before === 0 ? name : `${name}#${before + 1}`
  })
