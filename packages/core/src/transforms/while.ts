/** `whileLoop` and `foriLoop`: loops whose number of steps may depend on data. */

import { DTypeError, RangeError, ShapeError, TransformError } from '../errors.js'
import { add } from '../primitives/arithmetic.js'
import { moveBatchAxis } from '../primitives/batching.js'
import { lt } from '../primitives/compare.js'
import { atLeast, count as counted, program } from '../primitives/parameters.js'
import { bind, type Operand, type Params, type Primitive, primitive } from '../primitives/primitive.js'
import { reduceOr } from '../primitives/reduction.js'
import { select } from '../primitives/select.js'
import { broadcastInDim } from '../primitives/shape.js'
import { showType } from '../print.js'
import { evaluateProgram } from '../program/evaluate.js'
import { checkCounts, checkGives, checkTakes } from '../program/interface.js'
import { inputTypes, outputTypes, type Program, Var } from '../program/program.js'
import { show } from '../show.js'
import { scalar, Tensor, type TensorLike, toTensor } from '../tensor.js'
import { batchProgram } from '../trace/batch.js'
import { jvpProgram } from '../trace/jvp.js'
import { merge, splitProgram } from '../trace/partial.js'
import { stageClosed } from '../trace/stage.js'
import { instantiate } from '../trace/transpose.js'
import { flattenTensors } from '../tree/flat-function.js'
import { flatten, type MapLeaves, type Unchanged, unflatten, type WithNumbers } from '../tree/structure.js'
import { bytesOfOperand, cursorAt, runCompiled, settleCarry, traceFunction } from './control.js'
import { count, fixpoint, others, some } from './masks.js'
import { scan } from './scan.js'

interface WhileParams extends Params {
  /** From its constants and the carry to one bool. */
  readonly condition: Program
  /** From its constants and the carry to the next carry. */
  readonly body: Program
  readonly conditionConstants: number
  readonly bodyConstants: number
}

const split3 = <T>(
  list: readonly T[],
  { conditionConstants: c, bodyConstants: b }: WhileParams,
): readonly [readonly T[], readonly T[], readonly T[]] => [list.slice(0, c), list.slice(c, c + b), list.slice(c + b)]

const whileP: Primitive<WhileParams> = primitive<WhileParams>({
  name: 'while',
  operands: atLeast(0),
  parameters: { condition: program, body: program, conditionConstants: counted, bodyConstants: counted },
  abstract: (inputs, params) => {
    const { condition, body, conditionConstants, bodyConstants } = params
    checkCounts('while', { conditionConstants, bodyConstants }, inputs.length)
    const [ofCondition, ofBody, carry] = split3(inputs, params)
    checkTakes('while: condition', condition, [...ofCondition, ...carry])
    checkGives('while: condition', condition, [{ shape: [], dtype: 'bool', weakType: false }])
    checkTakes('while: body', body, [...ofBody, ...carry])
    checkGives('while: body', body, carry)
    return outputTypes(body)
  },
  evaluate: runCompiled(
    () => whileP as unknown as Primitive,
    ({ body }: WhileParams) => body,
    ({ condition, conditionConstants, bodyConstants }: WhileParams) =>
      `${conditionId(condition)},${conditionConstants},${bodyConstants}`,
  ),
  // Nobody knows how often: one step counts.
  runs: ({ condition, body }) => [
    [condition, 1],
    [body, 1],
  ],
  control: (emit, inputs, outputs, params) => {
    const [cc, bc, init] = split3(inputs, params)
    const carry = init.map((x) => {
      const buffer = (): Operand => ({ ...x, pointer: emit.scratch(bytesOfOperand(x)), strides: null })
      const start = buffer()
      emit.copy(x, start)
      return [cursorAt(emit, start), cursorAt(emit, buffer())] as const
    })
    const now = carry.map(([from]) => from.operand)
    const flag: Operand = { pointer: emit.scratch(1), shape: [], dtype: 'bool', strides: null }
    emit.whileTrue(
      flag.pointer,
      () => emit.run(params.condition, [...cc, ...now], [flag]),
      () => {
        emit.run(
          params.body,
          [...bc, ...now],
          carry.map(([, to]) => to.operand),
        )
        for (const [from, to] of carry) emit.swap(from.cursor, to.cursor)
      },
    )
    now.forEach((x, i) => emit.copy(x, outputs[i] as Operand))
  },
  jvp: (primals, tangents, params) => {
    const [, tb, t0] = split3(tangents, params)
    const constantMask = tb.map((t) => t !== null)
    const [derived, carryMask] = fixpoint(
      t0.map((t) => t !== null),
      (mask) => {
        const result = jvpProgram(params.body, [...constantMask, ...mask], mask)
        return [result, result.nonzeroOutputs]
      },
    )
    const [pc, pb, p0] = split3(primals, params)
    const nb = count(constantMask)
    const vars = derived.program.inputs
    const constantVars = vars.slice(0, pb.length)
    const carryVars = vars.slice(pb.length, pb.length + p0.length)
    const tangentVars = vars.slice(pb.length + p0.length)
    const body: Program = {
      ...derived.program,
      inputs: [...constantVars, ...tangentVars.slice(0, nb), ...carryVars, ...tangentVars.slice(nb)],
    }
    const startTangents = some(t0, carryMask).map((t, i) => instantiate(t, some(p0, carryMask)[i] as Tensor))
    const condition: Program = {
      ...params.condition,
      inputs: [...params.condition.inputs, ...startTangents.map((t) => new Var(t))],
    }
    const values = bind(whileP, [...pc, ...pb, ...(some(tb, constantMask) as Tensor[]), ...p0, ...startTangents], {
      condition,
      body,
      conditionConstants: pc.length,
      bodyConstants: pb.length + nb,
    })
    const zeros = others(carryMask, carryMask).map(() => null)
    return [values.slice(0, p0.length), merge(carryMask, values.slice(p0.length), zeros)]
  },
  transpose: () => {
    throw new TransformError(
      'whileLoop: reverse mode needs the number of steps to be known. Use scan, foriLoop with JavaScript numbers as bounds, or forward mode (jvp, jacfwd).',
    )
  },
  partial: (trace, inputs, params) => {
    const unknown = inputs.map((x) => trace.owns(x))
    const [uc, ub, u0] = split3(unknown, params)
    const [parts, carryMask] = fixpoint(u0, (mask) => {
      const result = splitProgram(params.body, [...ub, ...mask], mask)
      return [result, result.unknownOutputs]
    })
    const condition = splitProgram(params.condition, [...uc, ...carryMask])
    const all = trace.record(whileP as unknown as Primitive, inputs, params)
    if (condition.unknownOutputs[0] === true) return all
    // What is known is computed now; what is not needs the whole loop again when its inputs arrive.
    const [c, b, x0] = split3(inputs, params)
    const known = bind(whileP, [...others(c, uc), ...others(b, ub), ...others(x0, carryMask)], {
      condition: dropResiduals(condition.known, 1),
      body: dropResiduals(parts.known, others(carryMask, carryMask).length),
      conditionConstants: others(uc, uc).length,
      bodyConstants: others(ub, ub).length,
    })
    return merge(carryMask, some(all, carryMask), known)
  },
  batch: (inputs, axes, params, axis) => {
    const batched = axes.map((a) => a !== null)
    const [bc, bb, b0] = split3(batched, params)
    const [{ body, perExample }, carryMask] = fixpoint(b0, (mask) => {
      const condition = batchProgram(params.condition, [...bc, ...mask], [], axis)
      const everywhere = condition.batchedOutputs[0] === true ? mask.map(() => true) : mask
      const result = batchProgram(params.body, [...bb, ...everywhere], everywhere, axis)
      return [{ body: result, perExample: condition.batchedOutputs[0] === true }, result.batchedOutputs]
    })
    const condition = batchProgram(params.condition, [...bc, ...carryMask], [], axis).program
    const operands = inputs.map((x, i) => {
      const [c, b] = [params.conditionConstants, params.bodyConstants]
      const wanted = i < c + b ? batched[i] : carryMask[i - c - b]
      return wanted ? moveBatchAxis(x, axes[i] ?? null, 0, axis.size) : x
    })
    const outputAxes = carryMask.map((m) => (m ? 0 : null))
    if (!perExample) return [bind(whileP, operands, { ...params, condition, body: body.program }), outputAxes]
    return [bind(whileP, maskedOperands(operands, params), masked(condition, body.program, params)), outputAxes]
  },
})

const conditionIds = new WeakMap<Program, number>()
let conditions = 0
const conditionId = (condition: Program): number => {
  const id = conditionIds.get(condition) ?? conditions++
  conditionIds.set(condition, id)
  return id
}

const dropResiduals = (program: Program, outputs: number): Program => ({
  ...program,
  outputs: program.outputs.slice(0, outputs),
})

/** The body needs the condition's constants too, to see which examples go on. */
const maskedOperands = (operands: readonly Tensor[], params: WhileParams): readonly Tensor[] => {
  const [c, b, x0] = split3(operands, params)
  return [...c, ...c, ...b, ...x0]
}

/** A loop over a batch that goes on while any example does; finished examples keep their carry. */
const masked = (condition: Program, body: Program, params: WhileParams): WhileParams => {
  const [nc, nb] = [params.conditionConstants, params.bodyConstants]
  const types = inputTypes(condition)
  const any = stageClosed((inputs) => {
    const [goesOn] = evaluateProgram(condition, inputs)
    return [reduceOr(goesOn as Tensor, [0])]
  }, types)
  const step = stageClosed(
    (inputs) => {
      const c = inputs.slice(0, nc)
      const rest = inputs.slice(nc)
      const carry = rest.slice(nb)
      const [goesOn] = evaluateProgram(condition, [...c, ...carry])
      const next = evaluateProgram(body, rest)
      return next.map((y, i) => select(broadcastInDim(goesOn as Tensor, y.sizes, [0]), y, carry[i] as Tensor))
    },
    [...types.slice(0, nc), ...inputTypes(body)],
  )
  return { condition: any, body: step, conditionConstants: nc, bodyConstants: nc + nb }
}

/**
 * Repeats `body` while `condition` of the carry holds. Forward mode differentiates it; reverse mode cannot, since nobody knows
 * how many steps to keep: use `scan` there.
 * @throws TreeError if the carry changes structure or type, DTypeError if the condition is no scalar bool
 * @example whileLoop((x: Tensor) => x.lt(100), (x: Tensor) => x.mul(2), np.array(3)).item() // 192
 */
export function whileLoop<const C>(
  condition: (carry: MapLeaves<C, Tensor>) => TensorLike,
  body: (carry: MapLeaves<C, Tensor>) => MapLeaves<C, TensorLike>,
  init: C & WithNumbers<C>,
): MapLeaves<C, Tensor>
export function whileLoop<const C>(
  condition: (carry: C) => TensorLike,
  body: (carry: C) => NoInfer<Unchanged<C>>,
  init: C,
): C
export function whileLoop<C>(condition: (carry: C) => TensorLike, body: (carry: C) => C, init: C): C {
  const [leaves, structure] = flattenTensors(init, 'whileLoop: init')
  const [, argument] = flatten([unflatten(structure, leaves)])
  let start: readonly Tensor[] = leaves
  let step = traceFunction(body as never, argument, start)
  for (;;) {
    const settled = settleCarry('whileLoop', start, structure, outputTypes(step.program), step.outputs)
    if (settled === null) break
    start = settled
    step = traceFunction(body as never, argument, start)
  }
  const test = traceFunction(condition as never, argument, start)
  const [type, ...more] = outputTypes(test.program)
  if (type === undefined || more.length > 0 || type.dtype !== 'bool' || type.shape.length > 0) {
    throw new DTypeError(
      `whileLoop: the condition has to return one bool scalar, not ${outputTypes(test.program).map(showType).join(', ')}. Compare, as in x.lt(10).`,
    )
  }
  const outputs = bind(whileP, [...test.constants, ...step.constants, ...start], {
    condition: test.program,
    body: step.program,
    conditionConstants: test.constants.length,
    bodyConstants: step.constants.length,
  })
  return unflatten(structure, outputs) as C
}

/** The largest int32 counts too: it may be the end. */
const checkBound = (bound: unknown): void => {
  if (Number.isInteger(bound) && Math.abs(bound as number) < 2 ** 31) return
  throw new RangeError(
    `foriLoop: a bound is ${show(bound)}; bounds are whole numbers within ±${2 ** 31 - 1}, since i is an int32. Nest two loops for more steps.`,
  )
}

/**
 * Calls `body(i, carry)` for i from `lower` up to, but not including, `upper`. With numbers as bounds it is a `scan`, so reverse
 * mode works; with tensors it is a `whileLoop`.
 * @example foriLoop(0, 4, (i: Tensor, sum: Tensor) => sum.add(i.astype('float32')), np.array(0)).item() // 6
 */
export function foriLoop<const C>(
  lower: number | Tensor,
  upper: number | Tensor,
  body: (i: Tensor, carry: MapLeaves<C, Tensor>) => MapLeaves<C, TensorLike>,
  init: C & WithNumbers<C>,
): MapLeaves<C, Tensor>
export function foriLoop<const C>(
  lower: number | Tensor,
  upper: number | Tensor,
  body: (i: Tensor, carry: C) => NoInfer<Unchanged<C>>,
  init: C,
): C
export function foriLoop<C>(
  lower: number | Tensor,
  upper: number | Tensor,
  body: (i: Tensor, carry: C) => C,
  init: C,
): C {
  if (typeof lower === 'number' && typeof upper === 'number') {
    checkBound(lower)
    checkBound(upper)
    const start = scalar(lower, 'int32')
    const [[, last]] = scan(
      ([i, carry]: readonly [Tensor, C]) => [[add(i, 1), body(i, carry)] as const, null],
      [start, init] as readonly [Tensor, C],
      null,
      { length: Math.max(0, upper - lower) },
    ) as unknown as readonly [readonly [Tensor, C]]
    return last
  }
  const bound = (x: number | Tensor): Tensor => {
    if (!(x instanceof Tensor)) checkBound(x)
    const t = typeof x === 'number' ? scalar(x, 'int32') : toTensor(x)
    if (t.dtype !== 'int32' || t.sizes.length > 0)
      throw new ShapeError(`foriLoop: bounds are int32 scalars, not ${showType(t)}.`)
    return t
  }
  const end = bound(upper)
  const [, last] = whileLoop(
    ([i]: readonly [Tensor, C]) => lt(i, end),
    ([i, carry]: readonly [Tensor, C]): readonly [Tensor, C] => [add(i, 1), body(i, carry)],
    [bound(lower), init] as const,
  ) as unknown as readonly [Tensor, C]
  return last
}
