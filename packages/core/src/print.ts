/** How tensors print: like NumPy, with dtype and shape, columns aligned, the middle of large ones elided. */
import type { DType } from './dtype.js'
import { isFloat } from './dtype.js'
import { showShape } from './shape.js'
import type { Tensor } from './tensor.js'

const threshold = 1000 // elements, as numpy.set_printoptions
const edge = 3
const digits: Readonly<Record<'float32' | 'float64', number>> = { float32: 8, float64: 15 }

/** `float32[128,10]` */
export const showType = (x: { readonly dtype: DType; readonly shape: readonly number[] }): string =>
  `${x.dtype}${showShape(x.shape)}`

const formatNumber = (x: number, dtype: DType): string => {
  if (dtype === 'bool') return x === 0 ? 'false' : 'true'
  if (!isFloat(dtype)) return String(x)
  if (Number.isNaN(x)) return 'nan'
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf'
  const magnitude = Math.abs(x)
  if (x !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) return shortest(x, dtype, true)
  const text = shortest(x, dtype, false)
  return text.includes('.') || text.includes('e') ? text : `${text}.`
}

/** The shortest decimal that reads back as the same element. */
const shortest = (x: number, dtype: DType, exponent: boolean): string => {
  if (dtype === 'float64') return exponent ? x.toExponential() : String(x)
  for (let precision = 1; precision <= digits.float32 + 1; precision++) {
    const value = Number(x.toPrecision(precision))
    if (Math.fround(value) === x) return exponent ? value.toExponential() : String(value)
  }
  return String(x)
}

/**
 * `float32[2,2] [[1., 2.], [3., 4.]]` over as many lines as it needs; a tracer says what it stands for and who traces it.
 * With `brief` only the type, for error messages.
 */
export const print = (x: Tensor, brief = false): string => {
  const description = x.describe()
  if (description !== null) return description
  if (brief) return showType(x)
  const elements = x.concrete('toString()').elements()
  const elide = elements.length > threshold
  const shown = (n: number): readonly (number | null)[] =>
    elide && n > 2 * edge ? [0, 1, 2, null, n - 3, n - 2, n - 1] : Array.from({ length: n }, (_, i) => i)
  const cells: string[] = []
  const visit = (axis: number, offset: number): void => {
    if (axis === x.sizes.length) {
      cells.push(formatNumber(elements[offset] as number, x.dtype))
      return
    }
    const n = x.sizes[axis] as number
    for (const i of shown(n)) if (i !== null) visit(axis + 1, offset * n + i)
  }
  if (elements.length > 0) visit(0, 0)
  const width = Math.max(0, ...cells.map((c) => c.length))
  let next = 0
  const render = (axis: number, indent: string): string => {
    if (axis === x.sizes.length) return (cells[next++] as string).padStart(width)
    const parts = shown(x.sizes[axis] as number).map((i) => (i === null ? '...' : render(axis + 1, `${indent} `)))
    const last = axis === x.sizes.length - 1
    return `[${parts.join(last ? ', ' : `,${'\n'.repeat(x.sizes.length - axis - 1)}${indent} `)}]`
  }
  if (elements.length === 0) return `${showType(x)} []`
  if (x.sizes.length === 0) return `${showType(x)} ${cells[0]}`
  return `${showType(x)}${x.sizes.length > 1 ? '\n' : ' '}${render(0, '')}`
}
