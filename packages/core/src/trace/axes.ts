/** Named axes: the `vmap`s that are running, so that collectives know their sizes. */

import { RangeError } from '../errors.js'
import type { AxisData } from '../primitives/primitive.js'
import { show } from '../show.js'

let active: readonly AxisData[] = []

/** Runs `f` inside a named axis. */
export const withAxis = <R>(axis: AxisData, f: () => R): R => {
  const outer = active
  active = [...outer, axis]
  try {
    return f()
  } finally {
    active = outer
  }
}

/** The size of a named axis. @throws RangeError naming the axes that there are */
export const axisSize = (operation: string, name: string): number => {
  for (let i = active.length - 1; i >= 0; i--) if (active[i]?.name === name) return (active[i] as AxisData).size
  const names = active.flatMap((a) => (a.name === null ? [] : [`'${a.name}'`]))
  throw new RangeError(
    `${operation}: there is no axis named ${show(name)} here${names.length > 0 ? ` (only ${names.join(', ')})` : ''}. Give it by vmap(f, { axisName: ${show(name)} }).`,
  )
}

/** The named axes that there are, as a key: what is traced inside them knows their sizes. */
export const axesKey = (): string =>
  active.flatMap(({ name, size }) => (name === null ? [] : [`${name}:${size}`])).join()
