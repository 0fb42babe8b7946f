/** The dense layer over any axes, said by an equation. */
import { np, operation, type Shape, type Tensor } from '@puregrad/core'
import { zeros } from '../initializers/constant.js'
import type { Initializer } from '../initializers/initializer.js'
import { lecunNormal } from '../initializers/variance-scaling.js'
import { type Layer, stateless } from '../layer.js'
import { leaf, type OpenPlan, sizeOf } from '../plan.js'
import { refuse, unlessRefused } from '../refusal.js'
import { positionwise, type Stepping, stepless } from '../steps.js'
import type { Affine, DenseParams } from './dense.js'

export interface EinsumDenseOptions<A extends string | undefined = string | undefined> {
  /** Labels of the output along which there is a bias, such as 'd'; no bias unless given. */
  readonly biasAxes?: A
  /** `lecunNormal()` unless said, of the kernel as a matrix [summed, new]. */
  readonly kernelInit?: Initializer
  /** `zeros` unless said. */
  readonly biasInit?: Initializer
}

type ParamsFor<A extends string | undefined> = A extends string ? DenseParams : Omit<DenseParams, 'bias'>

interface Equation {
  readonly input: string
  readonly kernel: string
  readonly output: string
}

const parse = (name: string, equation: string): Equation => {
  const found = /^(\.\.\.)?([a-zA-Z]+),([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)$/.exec(equation.replaceAll(' ', ''))
  const [, before, input = '', kernel = '', after, output = ''] = found ?? []
  const isNew = (label: string): boolean => !input.includes(label) && !kernel.includes(label)
  if (found === null || before !== after || [...output].some(isNew)) {
    refuse(
      name,
      "the equation has to be 'input,kernel->output' with one letter per axis, such as 'abc,cd->abd', or '...c,cd->...d'.",
      'Letters of the output occur in the input or in the kernel.',
    )
  }
  return { input, kernel, output }
}

/** Why positions, the axis behind the batch, do not come out each alone; null if they do. */
const whyNoStep = ({ input, kernel, output }: Equation, open: boolean, biasAxes = ''): string | null => {
  const [, position] = input
  // Behind '...' and one letter there are features alone: batch and positions are among the axes without a letter.
  if (open)
    return input.length === 1 && output.length > 0 ? null : 'its positions have a letter, or none. Name all axes.'
  const own = position !== undefined && output[1] === position && output[0] === input[0]
  const seen = kernel.includes(position ?? '') || biasAxes.includes(position ?? '')
  return own && !seen ? null : 'its equation does not keep the axis of positions. Take one such as abc,cd->abd.'
}

/** An initialiser that sees the kernel as a matrix from summed to new axes, so that fans are counted right. */
const asMatrix =
  (init: Initializer, summed: readonly boolean[]): Initializer =>
  (key, shape, options) => {
    const [rows, columns] = [true, false].map((kind) => shape.flatMap((_, i) => (summed[i] === kind ? [i] : []))) as [
      number[],
      number[],
    ]
    const size = (axes: readonly number[]): number => sizeOf(axes.map((i) => shape[i] as number))
    const order = [...rows, ...columns]
    return init(key, [size(rows), size(columns)], options)
      .reshape(order.map((i) => shape[i] as number))
      .transpose(order.map((_, i) => order.indexOf(i)))
  }

/**
 * A product of the input and a kernel that sums over the axes they share and the output lacks: `einsumDense('abc,cd->abd', [null, 8])`
 * is `dense(8)` on sequences, and other equations merge or split heads.
 * @param equation 'input,kernel->output', one letter per axis, the batch included; '...' in input and output stands for further axes
 * @param outputShape sizes of the output without its batch axis (with '...', of the letters alone); null where the input says them
 * @throws ShapeError for an equation that is none
 * @example init(einsumDense('abc,cde->abde', [null, 4, 16], { biasAxes: 'de' }), [10, 64], random.key(0)).params.kernel.shape // [64, 4, 16]
 */
export const einsumDense = operation(
  'einsumDense',
  { at: 2, names: ['biasAxes', 'kernelInit', 'biasInit'] },
  <const A extends string | undefined = undefined>(
    equation: string,
    outputShape: readonly (number | null)[],
    options: EinsumDenseOptions<A> = {},
  ): Layer<ParamsFor<A>, null> & Stepping<ParamsFor<A>, null, Tensor, Tensor, null> => {
    const name = `einsumDense('${equation}')`
    const { input: inputLabels, kernel: kernelLabels, output: outputLabels } = parse(name, equation)
    const open = equation.trim().startsWith('...')
    const { biasAxes, kernelInit = lecunNormal(), biasInit = zeros } = options
    const layer = stateless<ParamsFor<A>>(
      name,
      unlessRefused((input) => {
        const given = open ? [...inputLabels] : [...inputLabels].slice(1)
        const wanted = open ? [...outputLabels] : [...outputLabels].slice(1)
        const extra = input.length - given.length
        if (extra < 0 || (!open && extra > 0) || wanted.length !== outputShape.length) {
          refuse(
            name,
            `has ${given.length} input and ${wanted.length} output axes after the batch, the input is [${input}] and the output [${outputShape}].`,
            'Name every axis but the batch in both, or take an equation of other rank.',
          )
        }
        const sizes = new Map<string, number>()
        for (const [i, label] of wanted.entries())
          if (typeof outputShape[i] === 'number') sizes.set(label, outputShape[i])
        for (const [i, label] of given.entries()) {
          const size = input[extra + i] as number
          if (sizes.has(label) && sizes.get(label) !== size) {
            refuse(
              name,
              `axis '${label}' is ${size} in the input [${input}] and ${sizes.get(label)} in the output [${outputShape}].`,
              'Put null for it in the output.',
            )
          }
          sizes.set(label, size)
        }
        const unknown = [...kernelLabels, ...wanted].find((label) => !sizes.has(label))
        if (unknown !== undefined) {
          refuse(name, `the size of axis '${unknown}' is said nowhere.`, `Put a number for it in [${outputShape}].`)
        }
        const at = (labels: readonly string[]): Shape => labels.map((label) => sizes.get(label) as number)
        const summed = [...kernelLabels].map((label) => !outputLabels.includes(label))
        const kernel = leaf('kernel', at([...kernelLabels]), asMatrix(kernelInit, summed))
        const biasShape = [...outputLabels].map((label) =>
          biasAxes?.includes(label) ? (sizes.get(label) as number) : 1,
        )
        const firstLabel = [...outputLabels].findIndex((label) => biasAxes?.includes(label))
        const params = (
          biasAxes === undefined || firstLabel < 0
            ? { kernel }
            : { kernel, bias: leaf('bias', biasShape.slice(firstLabel), biasInit) }
        ) as OpenPlan<ParamsFor<A>>
        return { params, out: [...input.slice(0, Math.max(extra, 0)), ...at(wanted)] }
      }),
      (params, x): Tensor => {
        const { kernel, bias }: Affine = params
        const y = np.einsum(equation, x, kernel)
        return bias === undefined ? y : y.add(bias)
      },
    )
    const why = whyNoStep({ input: inputLabels, kernel: kernelLabels, output: outputLabels }, open, biasAxes)
    return why === null ? positionwise(layer) : { ...layer, ...stepless(name, why) }
  },
)
