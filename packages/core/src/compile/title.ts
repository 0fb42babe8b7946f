/** What an equation of a compiled program is called, for people. */
import type { Equation } from '../program/program.js'
import { type FusedParams, fused } from './fusion/group.js'
import { type TiledParams, tiled } from './tiling/tile.js'

const longest = 72 // characters

const isComputed = ({ primitive }: Equation): boolean => primitive.view === undefined

const whole = ({ primitive, params }: Equation): string =>
  primitive === fused || primitive === tiled
    ? `${primitive.name}(${(params as FusedParams | TiledParams).members.filter(isComputed).map(whole).join(' ')})`
    : primitive.name

/** Its primitive, with those that it stands for; long ones are cut. */
export const titleOf = (equation: Equation): string => {
  const title = whole(equation)
  return title.length > longest ? `${title.slice(0, longest - 1)}…` : title
}
