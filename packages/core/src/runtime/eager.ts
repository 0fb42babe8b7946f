/** Runs one primitive at once: operands are copied into kernel memory, results copied out as ordinary arrays. */
import { bytesOf } from '../dtype.js'
import type { Emitter, Operand, Params, Primitive } from '../primitives/primitive.js'
import { sizeOf } from '../shape.js'
import { type Abstract, ConcreteTensor } from '../tensor.js'
import { emitCopy, isRowMajor, keepsStrides } from './layout.js'
import { align, claim, copyIn, copyOut, heapBase, kernelNamed, reserve, writeInt32 } from './memory.js'

let top = 0

const scratch = (bytes: number): number => {
  const pointer = top
  top += align(bytes)
  reserve(top)
  return pointer
}

const emitter: Emitter = {
  call: (kernel, ...args) => {
    kernelNamed(kernel)(...args)
  },
  scratch,
  table: (ints) => {
    const pointer = scratch(ints.length * 4)
    writeInt32(pointer, ints)
    return pointer
  },
  query: (kernel, ...args) => kernelNamed(kernel)(...args),
  contiguous: (operand) => {
    if (isRowMajor(operand.shape, operand.strides)) return operand.pointer
    const pointer = scratch(sizeOf(operand.shape) * bytesOf(operand.dtype))
    emitCopy(emitter, operand, pointer)
    return pointer
  },
}

const load = (primitive: Primitive, x: ConcreteTensor): Operand => {
  const view = x.view()
  const keep = keepsStrides(primitive, view.strides, x.shape)
  const array = keep ? view.array : x.elements()
  const pointer = scratch(array.byteLength)
  copyIn(x.dtype, array, pointer)
  return { pointer, shape: x.shape, dtype: x.dtype, strides: keep ? view.strides : null }
}

/** The results of `primitive` on concrete tensors, by its kernels. */
export const runKernels = (
  primitive: Primitive,
  inputs: readonly ConcreteTensor[],
  params: Params,
  types: readonly Abstract[],
): readonly ConcreteTensor[] => {
  claim(emitter)
  top = heapBase()
  const operands = inputs.map((x) => load(primitive, x))
  const outputs = types.map(
    ({ shape, dtype }): Operand => ({ pointer: scratch(sizeOf(shape) * bytesOf(dtype)), shape, dtype, strides: null }),
  )
  primitive.lower?.(emitter, operands, outputs, params)
  return outputs.map(
    ({ pointer, shape, dtype }, i) =>
      new ConcreteTensor(shape, dtype, copyOut(dtype, pointer, sizeOf(shape)), (types[i] as Abstract).weakType),
  )
}
