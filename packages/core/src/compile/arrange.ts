/** The order in which a compiled program runs: optimised equations, in loops and tiles. */
import type { Program } from '../program/program.js'
import { fuse } from './fusion/group.js'
import { optimise } from './optimise.js'
import { tile } from './tiling/tile.js'

export const arrange = (program: Program): Program => tile(fuse(optimise(program)))
