/** `scan`: a loop with a carry over the first axis, differentiable both ways with memory linear in its length. */

import { bytesOf } from '../dtype.js'
import { ShapeError, TreeError } from '../errors.js'
import { checkOptions } from '../operation.js'
import { add } from '../primitives/arithmetic.js'
import { moveBatchAxis } from '../primitives/batching.js'
import { atLeast, boolean, count as counted, program } from '../primitives/parameters.js'
import {
  bind,
  LinearInput,
  type MaybeZero,
  type Operand,
  type Params,
  type Primitive,
  primitive,
} from '../primitives/primitive.js'
import { showType } from '../print.js'
import { checkCounts, checkGives, checkTakes } from '../program/interface.js'
import { inputTypes, outputTypes, type Program, type Var } from '../program/program.js'
import { withOutputs } from '../program/prune.js'
import { sizeOf, sizesBetween, sizesOf } from '../shape.js'
import { show } from '../show.js'
import { type Abstract, type Tensor, type TensorLike, uniform } from '../tensor.js'
import { batchProgram } from '../trace/batch.js'
import { jvpProgram } from '../trace/jvp.js'
import { merge, type SplitProgram, splitProgram } from '../trace/partial.js'
import { stageClosed } from '../trace/stage.js'
import { instantiate, transposeFlat } from '../trace/transpose.js'
import { flattenTensors } from '../tree/flat-function.js'
import {
  type MapLeaves,
  type Structure,
  type Tensors,
  takeApart,
  type Unchanged,
  unflatten,
  type WithNumbers,
} from '../tree/structure.js'
import { bytesOfOperand, cursorAt, runCompiled, settleCarry, type TracedFunction, traceFunction } from './control.js'
import { count, fixpoint, others, some } from './masks.js'

export interface ScanParams extends Params {
  /** From constants, carry and one slice of each xs to the next carry and one slice of each ys. */
  readonly body: Program
  readonly constants: number
  readonly carries: number
  readonly length: number
  readonly reverse: boolean
}

const split3 = <T>(
  list: readonly T[],
  { constants, carries }: ScanParams,
): readonly [readonly T[], readonly T[], readonly T[]] => [
  list.slice(0, constants),
  list.slice(constants, constants + carries),
  list.slice(constants + carries),
]

const stacked = (type: Abstract, length: number): Abstract => ({ ...type, shape: [length, ...sizesOf(type.shape)] })

const scanP: Primitive<ScanParams> = primitive<ScanParams>({
  name: 'scan',
  operands: atLeast(0),
  parameters: { body: program, constants: counted, carries: counted, length: counted, reverse: boolean },
  abstract: (inputs, params) => {
    const { body, constants, carries, length } = params
    checkCounts('scan', { constants, carries }, inputs.length)
    const [fixed, init, xs] = split3(inputs, params)
    const slices = xs.map((x) => {
      if (x.shape[0] === length) return { ...x, shape: sizesBetween(x.shape, 1) }
      throw new ShapeError(`scan: length is ${length}, and ${showType(x)} has not so many slices.`)
    })
    checkTakes('scan: body', body, [...fixed, ...init, ...slices])
    const results = outputTypes(body)
    checkGives('scan: body', { ...body, outputs: body.outputs.slice(0, carries) }, init)
    return results.map((t, i) => (i < carries ? t : stacked(t, length)))
  },
  evaluate: runCompiled(
    () => scanP as unknown as Primitive,
    ({ body }: ScanParams) => body,
    ({ constants, carries, length, reverse }: ScanParams) => `${constants},${carries},${length},${reverse}`,
  ),
  control: (emit, inputs, outputs, params) => {
    const { body, carries, length, reverse } = params
    const [constants, init, xs] = split3(inputs, params)
    const types = inputTypes(body)
    const results = outputTypes(body)
    // A carry alternates between its result and a second buffer; it starts where the last step ends in the result.
    const carry = init.map((x, i) => {
      const buffers = [
        outputs[i] as Operand,
        { ...x, pointer: emit.scratch(bytesOfOperand(x)), strides: null },
      ] as const
      const [start, next] = length % 2 === 0 ? buffers : [buffers[1], buffers[0]]
      emit.copy(x, start)
      return [cursorAt(emit, start), cursorAt(emit, next)] as const
    })
    /** Pointers to the slices of a stacked operand, one step after another. */
    const slices = (x: Operand, type: Abstract): { readonly operand: Operand; readonly advance: () => void } => {
      const bytes = sizeOf(type.shape) * bytesOf(type.dtype)
      const at = emit.cursor()
      at.point(x.pointer + (reverse ? Math.max(length - 1, 0) * bytes : 0))
      return {
        operand: { pointer: at.pointer, shape: type.shape, dtype: type.dtype, strides: null },
        advance: () => at.point(at.pointer + (reverse ? -bytes : bytes)),
      }
    }
    const xSlices = xs.map((x, i) => slices(x, types[params.constants + carries + i] as Abstract))
    const ySlices = outputs.slice(carries).map((y, i) => slices(y, results[carries + i] as Abstract))
    emit.repeat(length, () => {
      emit.run(
        body,
        [...constants, ...carry.map(([from]) => from.operand), ...xSlices.map((x) => x.operand)],
        [...carry.map(([, to]) => to.operand), ...ySlices.map((y) => y.operand)],
      )
      for (const [from, to] of carry) emit.swap(from.cursor, to.cursor)
      for (const { advance } of [...xSlices, ...ySlices]) advance()
    })
  },
  runs: ({ body, length }) => [[body, length]],
  // A loop of one step gains nothing.
  invariant: (params) =>
    params.length < 2
      ? null
      : {
          body: params.body,
          shared: params.constants,
          withBody: (body, constants) => ({ ...params, body, constants }),
        },
  prune: (params, used) => {
    const { body, constants, carries } = params
    const carryAt = (i: number): number => constants + i
    // A carry is needed if somebody reads its end, or a step that is needed reads it.
    let outputs = used
    for (;;) {
      const { reads } = withOutputs(body, outputs)
      const wider = outputs.map((u, i) => u || (i < carries && reads[carryAt(i)] === true))
      if (wider.every((u, i) => u === outputs[i])) break
      outputs = wider
    }
    const { program, reads } = withOutputs(body, outputs)
    const inputs = reads.map((r, i) => {
      const carry = i - constants
      return carry >= 0 && carry < carries ? outputs[carry] === true : r
    })
    if (inputs.every((k) => k) && outputs.every((k) => k)) return null
    return {
      inputs,
      outputs,
      params: {
        ...params,
        body: { ...program, inputs: body.inputs.filter((_, i) => inputs[i]) },
        constants: count(inputs.slice(0, constants)),
        carries: count(outputs.slice(0, carries)),
      },
    }
  },
  jvp: (primals, tangents, params) => {
    const { body, carries, length, reverse } = params
    const [tc, t0, tx] = split3(tangents, params)
    const nonzero = (list: readonly MaybeZero[]): boolean[] => list.map((t) => t !== null)
    const [constantMask, xMask] = [nonzero(tc), nonzero(tx)]
    const [derived, carryMask] = fixpoint(nonzero(t0), (mask) => {
      const result = jvpProgram(body, [...constantMask, ...mask, ...xMask], mask)
      return [result, result.nonzeroOutputs.slice(0, carries)]
    })
    const yMask = derived.nonzeroOutputs.slice(carries)
    const [pc, p0, px] = split3(primals, params)
    const [vc, v0, vx] = split3(derived.program.inputs.slice(0, primals.length), params)
    const tangentVars = derived.program.inputs.slice(primals.length)
    const [nc, n0] = [count(constantMask), count(carryMask)]
    const outs = derived.program.outputs
    const results = outs.length
    const total = body.outputs.length
    const program: Program = {
      inputs: [
        ...vc,
        ...tangentVars.slice(0, nc),
        ...v0,
        ...tangentVars.slice(nc, nc + n0),
        ...vx,
        ...tangentVars.slice(nc + n0),
      ],
      equations: derived.program.equations,
      outputs: [
        ...outs.slice(0, carries),
        ...outs.slice(total, total + n0),
        ...outs.slice(carries, total),
        ...outs.slice(total + n0, results),
      ],
    }
    const startTangents = some(t0, carryMask).map((t, i) => instantiate(t, some(p0, carryMask)[i] as Tensor))
    const values = bind(
      scanP,
      [
        ...pc,
        ...(some(tc, constantMask) as Tensor[]),
        ...p0,
        ...startTangents,
        ...px,
        ...(some(tx, xMask) as Tensor[]),
      ],
      { body: program, constants: pc.length + nc, carries: carries + n0, length, reverse },
    )
    const ys = total - carries
    const primalsOut = [...values.slice(0, carries), ...values.slice(carries + n0, carries + n0 + ys)]
    const tangentsOut = [...values.slice(carries, carries + n0), ...values.slice(carries + n0 + ys)]
    const mask = [...carryMask, ...yMask]
    return [
      primalsOut,
      merge(
        mask,
        tangentsOut,
        others(mask, mask).map(() => null),
      ),
    ]
  },
  partial: (trace, inputs, params) => {
    const { body, carries, length, reverse } = params
    const [uc, u0, ux] = split3(
      inputs.map((x) => trace.owns(x)),
      params,
    )
    const [parts, unknownCarry] = fixpoint<SplitProgram>(u0, (mask) => {
      const result = splitProgram(body, [...uc, ...mask, ...ux], mask)
      return [result, result.unknownOutputs.slice(0, carries)]
    })
    const unknownYs = parts.unknownOutputs.slice(carries)
    const [c, c0, x] = split3(inputs, params)
    const known = parts.known
    const [kc, k0] = [others(c, uc), others(c0, unknownCarry)]
    const residualAtoms = known.outputs.slice(known.outputs.length - parts.residuals)
    // Residuals that are inputs of the loop anyway are read from there instead of being stacked.
    const sources = residualAtoms.map((atom): ResidualSource => {
      const at = known.inputs.indexOf(atom as Var)
      if (at >= 0 && at < kc.length) return { kind: 'constant', value: kc[at] as Tensor }
      if (at >= kc.length + k0.length)
        return { kind: 'slice', value: others(x, ux)[at - kc.length - k0.length] as Tensor }
      return { kind: 'stacked', value: null }
    })
    const stack = sources.map((s) => s.kind === 'stacked')
    const plainOutputs = known.outputs.slice(0, known.outputs.length - parts.residuals)
    const knownValues = bind(scanP, [...kc, ...k0, ...others(x, ux)], {
      body: { ...known, outputs: [...plainOutputs, ...some(residualAtoms, stack)] },
      constants: kc.length,
      carries: k0.length,
      length,
      reverse,
    })
    const residuals = merge(
      stack,
      knownValues.slice(plainOutputs.length),
      others(sources, stack).map((s) => s.value as Tensor),
    )
    const isConstant = sources.map((s) => s.kind === 'constant')
    const rest = parts.unknown
    const residualVars = rest.inputs.slice(0, parts.residuals)
    const nc = count(uc)
    const n0 = count(unknownCarry)
    const own = rest.inputs.slice(parts.residuals)
    const unknownBody: Program = {
      ...rest,
      inputs: [
        ...some(residualVars, isConstant),
        ...own.slice(0, nc),
        ...own.slice(nc, nc + n0),
        ...others(residualVars, isConstant),
        ...own.slice(nc + n0),
      ],
    }
    const unknownValues = trace.record(
      scanP as unknown as Primitive,
      [
        ...some(residuals, isConstant),
        ...some(c, uc),
        ...some(c0, unknownCarry),
        ...others(residuals, isConstant),
        ...some(x, ux),
      ],
      { body: unknownBody, constants: count(isConstant) + nc, carries: n0, length, reverse },
    )
    return merge([...unknownCarry, ...unknownYs], unknownValues, knownValues.slice(0, plainOutputs.length))
  },
  transpose: (cotangents, inputs, params) => {
    const { body, carries, length, reverse } = params
    const [c, c0, x] = split3(inputs, params)
    const isLinear = (v: Tensor | LinearInput): boolean => v instanceof LinearInput
    // The whole carry is linear: where it does not start from a linear input, it starts from zero.
    const [lc, l0, lx] = [c.map(isLinear), c0.map(() => true), x.map(isLinear)]
    const types = inputTypes(body)
    const [tc, t0, tx] = split3(types, params)
    const ctY = cotangents.slice(carries)
    const yMask = ctY.map((ct) => ct !== null)
    const yTypes = outputTypes(body).slice(carries)
    const residualTypes = [others(tc, lc), others(tx, lx)] as const
    const linearTypes = [...some(tc, lc), ...t0, ...some(tx, lx)]
    const [nr, n0, nl] = [residualTypes[0].length, carries, count(lc)]
    const program = stageClosed(
      (all) => {
        const rc = all.slice(0, nr)
        const ct = all.slice(nr, nr + n0)
        const sums = all.slice(nr + n0, nr + n0 + nl)
        const rx = all.slice(nr + n0 + nl, nr + n0 + nl + residualTypes[1].length)
        const cty = all.slice(nr + n0 + nl + residualTypes[1].length)
        const results = transposeFlat(
          body,
          [...lc, ...l0, ...lx],
          [...rc, ...rx],
          [
            ...ct,
            ...merge(
              yMask,
              cty,
              others(yMask, yMask).map(() => null),
            ),
          ],
        ).map((r, i) => instantiate(r, linearTypes[i] as Abstract))
        return [
          ...results.slice(nl, nl + n0),
          ...sums.map((s, i) => add(s, results[i] as Tensor)),
          ...results.slice(nl + n0),
        ]
      },
      [...residualTypes[0], ...t0, ...some(tc, lc), ...residualTypes[1], ...some(yTypes, yMask)],
    )
    const values = bind(
      scanP,
      [
        ...(others(c, lc) as Tensor[]),
        ...t0.map((t, i) => instantiate(cotangents[i] ?? null, t)),
        ...some(tc, lc).map((t) => uniform(0, t)),
        ...(others(x, lx) as Tensor[]),
        ...(some(ctY, yMask) as Tensor[]),
      ],
      { body: program, constants: nr, carries: n0 + nl, length, reverse: !reverse },
    )
    const nothing = [...others(lc, lc), ...others(lx, lx)].map(() => null)
    const results: readonly MaybeZero[] = merge(
      [...lc, ...l0, ...lx],
      [...values.slice(n0, n0 + nl), ...values.slice(0, n0), ...values.slice(n0 + nl)],
      nothing,
    )
    return results.map((r, i) => (isLinear(inputs[i] as Tensor | LinearInput) ? r : null))
  },
  batch: (inputs, axes, params, axis) => {
    const { body, carries, length, reverse } = params
    const batched = axes.map((a) => a !== null)
    const [bc, b0, bx] = split3(batched, params)
    const [derived, carryMask] = fixpoint(b0, (mask) => {
      const result = batchProgram(body, [...bc, ...mask, ...bx], mask, axis)
      return [result, result.batchedOutputs.slice(0, carries)]
    })
    const mask = [...bc, ...carryMask, ...bx]
    const first = params.constants + carries
    const operands = inputs.map((x, i) =>
      mask[i] ? moveBatchAxis(x, axes[i] ?? null, i < first ? 0 : 1, axis.size) : x,
    )
    const values = bind(scanP, operands, {
      body: derived.program,
      constants: params.constants,
      carries,
      length,
      reverse,
    })
    return [values, derived.batchedOutputs.map((b, i) => (b ? (i < carries ? 0 : 1) : null))]
  },
})

interface ResidualSource {
  readonly kind: 'constant' | 'slice' | 'stacked'
  readonly value: Tensor | null
}

export interface ScanOptions {
  /** The number of steps; needed if there are no xs. */
  readonly length?: number
  /** From the last slice to the first; ys stay in the order of xs. */
  readonly reverse?: boolean
  /** How many steps one turn of the compiled loop takes. It changes speed only. */
  readonly unroll?: number
}

/**
 * Runs `f` along the first axis of `xs`, handing a carry on: (carry, x) ↦ [carry, y]. Gives the last carry and the stacked ys.
 * Differentiable by forward and reverse mode; the body is traced once, whatever the length.
 * @throws TreeError if the carry changes structure or type, ShapeError if the xs differ in length
 * @example
 * const [total, sums] = scan((c: Tensor, x: Tensor) => [c.add(x), c.add(x)], np.array(0), np.array([1, 2, 3]))
 * sums.toArray() // [1, 3, 6]
 */
export function scan<const C, X, Y>(
  f: (carry: MapLeaves<C, Tensor>, x: X) => readonly [MapLeaves<C, TensorLike>, Y],
  init: C & WithNumbers<C>,
  xs: X,
  options?: ScanOptions,
): readonly [MapLeaves<C, Tensor>, Tensors<Y>]
export function scan<const C, X, Y>(
  f: (carry: C, x: X) => readonly [NoInfer<Unchanged<C>>, Y],
  init: C,
  xs: X,
  options?: ScanOptions,
): readonly [C, Tensors<Y>]
export function scan<C, X, Y>(
  f: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): readonly [C, Tensors<Y>] {
  checkOptions('scan', options, ['length', 'reverse', 'unroll'])
  const [initLeaves, initStructure] = flattenTensors(init, 'scan: init')
  const [xLeaves, xStructure] = flattenTensors(xs, 'scan: xs')
  const length = scanLength(xLeaves, options.length)
  const slices = xLeaves.map(
    (x): Abstract => ({ shape: sizesBetween(x.sizes, 1), dtype: x.dtype, weakType: x.weakType }),
  )
  let start: readonly Tensor[] = initLeaves
  let traced = traceBody(f as never, initStructure, xStructure, start, slices)
  for (;;) {
    const settled = settleCarry('scan', start, initStructure, traced.carryTypes, traced.carryStructure)
    if (settled === null) break
    start = settled
    traced = traceBody(f as never, initStructure, xStructure, start, slices)
  }
  const outputs = bind(scanP, [...traced.constants, ...start, ...xLeaves], {
    body: traced.program,
    constants: traced.constants.length,
    carries: start.length,
    length,
    reverse: options.reverse ?? false,
  })
  return [
    unflatten(initStructure, outputs.slice(0, start.length)),
    unflatten(traced.yStructure, outputs.slice(start.length)),
  ] as never
}

interface TracedBody extends TracedFunction {
  readonly carryStructure: Structure
  readonly carryTypes: readonly Abstract[]
  readonly yStructure: Structure
}

const traceBody = (
  f: (carry: unknown, x: unknown) => unknown,
  carry: Structure,
  x: Structure,
  init: readonly Tensor[],
  slices: readonly Abstract[],
): TracedBody => {
  let carryStructure = carry
  let yStructure = carry
  const [, both] = takeApart([
    unflatten(carry, init),
    unflatten(
      x,
      slices.map(() => 0),
    ),
  ])
  const traced = traceFunction(
    (c: unknown, slice: unknown) => {
      const result = f(c, slice)
      if (!Array.isArray(result) || result.length !== 2) {
        throw new TreeError('scan: the function returns a pair [carry, y]; use null for y if there is none.')
      }
      carryStructure = takeApart(result[0])[1]
      yStructure = takeApart(result[1])[1]
      return result
    },
    both,
    [...init, ...slices],
  )
  return {
    ...traced,
    carryStructure,
    yStructure,
    carryTypes: outputTypes(traced.program).slice(0, carryStructure.leafCount),
  }
}

const mostSteps = 2 ** 32 - 1 // what the loop's counter holds

const scanLength = (xs: readonly Tensor[], given: number | undefined): number => {
  let length = given
  for (const x of xs) {
    if (x.sizes.length === 0)
      throw new ShapeError(`scan: xs holds the scalar ${showType(x)}, which has no axis to scan over.`)
    length ??= x.sizes[0] as number
    if (x.sizes[0] !== length) {
      throw new ShapeError(
        `scan: ${showType(x)} has ${x.sizes[0]} slices and the loop has ${length} steps. All xs need one length.`,
      )
    }
  }
  if (length === undefined) {
    throw new ShapeError('scan: without xs it needs the number of steps, as in scan(f, init, null, { length: 10 }).')
  }
  if (!Number.isInteger(length) || length < 0 || length > mostSteps) {
    throw new ShapeError(
      `scan: length is ${show(length)}; it has to be a whole number from 0 to ${mostSteps}. Nest two loops for more steps.`,
    )
  }
  return length
}

/**
 * Applies `f` to every slice of the first axis, one after another: the memory of one, not of a batch as `vmap` has.
 * @example map((x: Tensor) => x.mul(x).sum(), np.array([[1, 2], [3, 4]])) // [5, 25]
 */
export const map = <X, Y>(f: (x: X) => Y, xs: X): Tensors<Y> => scan((_: null, x: X) => [null, f(x)], null, xs)[1]
