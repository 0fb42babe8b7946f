/** The trace at the bottom: concrete tensors in, concrete tensors out. */
import { installBaseTrace, leaked, type Params, type Primitive, type Trace } from '../primitives/primitive.js'
import { runKernels } from '../runtime/eager.js'
import { explainOverflow } from '../runtime/environment.js'
import { checkShape } from '../shape.js'
import { type Abstract, ConcreteTensor, type Tensor } from '../tensor.js'

export const evaluateTrace: Trace = {
  name: 'evaluation',
  process: (primitive: Primitive, inputs: readonly Tensor[], params: Params): readonly Tensor[] => {
    try {
      return evaluate(primitive, inputs, params)
    } catch (error) {
      throw explainOverflow(error)
    }
  },
}

const evaluate = (primitive: Primitive, inputs: readonly Tensor[], params: Params): readonly Tensor[] => {
  const concrete: ConcreteTensor[] = []
  const given: Abstract[] = []
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i] as Tensor
    if (!(x instanceof ConcreteTensor)) throw leaked(x, primitive.name)
    concrete.push(x)
    given.push(x.type)
  }
  const done = primitive.evaluate?.(concrete, params)
  if (done !== undefined && done !== null) return done
  const types = primitive.abstract(given, params)
  for (let i = 0; i < types.length; i++) checkShape(primitive.name, (types[i] as Abstract).shape)
  if (primitive.view !== undefined) {
    const view = viewOf(primitive, concrete[0] as ConcreteTensor, params, types[0] as Abstract)
    if (view !== null) return [view]
  }
  return runKernels(primitive, concrete, params, types)
}

const viewOf = (primitive: Primitive, x: ConcreteTensor, params: Params, type: Abstract): ConcreteTensor | null => {
  const view = primitive.view?.(x.strides, x.type.shape, params) ?? null
  return view === null ? null : new ConcreteTensor(type.shape, type.dtype, x.backing(), type.weakType, view.strides)
}

installBaseTrace(evaluateTrace)
