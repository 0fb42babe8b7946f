/** Subscripts of `einsum`, such as 'bij,bjk->bik', as lists of labels. */
import { ShapeError } from '../errors.js'
import { type Shape, showShape } from '../shape.js'

/** The axes of operands and result by name; axes under an ellipsis are called '…1', '…2' from the right. */
export interface Subscripts {
  readonly operands: readonly (readonly string[])[]
  readonly output: readonly string[]
  readonly sizes: ReadonlyMap<string, number>
}

const fail = (subscripts: string, reason: string): ShapeError => new ShapeError(`einsum '${subscripts}': ${reason}`)

/** Labels of one term, whose ellipsis stands for `hidden` axes. */
const labels = (subscripts: string, term: string, hidden: number): string[] => {
  const parts = term.split('...')
  const letters = parts.join('')
  if (parts.length > 2) throw fail(subscripts, `the term '${term}' has more than one ellipsis.`)
  const wrong = letters.match(/[^A-Za-z]/)
  if (wrong !== null)
    throw fail(subscripts, `'${wrong[0]}' is no label. Labels are letters; '...' stands for leading axes.`)
  if (parts.length === 1) return [...letters]
  const under = Array.from({ length: hidden }, (_, i) => `…${hidden - i}`)
  return [...(parts[0] as string), ...under, ...(parts[1] as string)]
}

/** Labels of an operand, as many as it has axes. */
const operandLabels = (subscripts: string, term: string, shape: Shape, index: number): string[] => {
  const named = term.replace('...', '').length
  const hidden = shape.length - named
  if (hidden < 0 || (hidden > 0 && !term.includes('...'))) {
    throw fail(
      subscripts,
      `the term '${term}' names ${named} axes and operand ${index} ${showShape(shape)} has ${shape.length}. ` +
        `'...' stands for axes without a name.`,
    )
  }
  return labels(subscripts, term, hidden)
}

/** Without '->': axes under an ellipsis, then labels that occur once, by alphabet. */
const implicitOutput = (operands: readonly (readonly string[])[]): string[] => {
  const all = operands.flat()
  const hidden = [...new Set(all.filter((l) => l.startsWith('…')))].sort(
    (a, b) => Number(b.slice(1)) - Number(a.slice(1)),
  )
  const once = all.filter((l) => !l.startsWith('…') && all.filter((m) => m === l).length === 1)
  return [...hidden, ...once.sort()]
}

/**
 * Labels of operands and result, and the size of each.
 * @throws ShapeError naming the term or label that does not fit
 */
export const parseSubscripts = (subscripts: string, shapes: readonly Shape[]): Subscripts => {
  const [left, right, ...more] = subscripts.replace(/\s/g, '').split('->') as [string, string | undefined, ...string[]]
  if (more.length > 0) throw fail(subscripts, `there is more than one '->'.`)
  const terms = left.split(',')
  if (terms.length !== shapes.length) {
    throw fail(subscripts, `${terms.length} terms and ${shapes.length} operands. Terms are separated by commas.`)
  }
  const operands = terms.map((term, i) => operandLabels(subscripts, term, shapes[i] as Shape, i))
  const sizes = new Map<string, number>()
  operands.forEach((names, i) => {
    names.forEach((name, axis) => {
      const size = (shapes[i] as Shape)[axis] as number
      const known = sizes.get(name) ?? 1
      if (size !== known && size !== 1 && known !== 1) {
        const what = name.startsWith('…') ? `an axis under '...'` : `label '${name}'`
        throw fail(
          subscripts,
          `${what} has size ${known} and, in operand ${i} ${showShape(shapes[i] as Shape)}, ${size}.`,
        )
      }
      sizes.set(name, known === 1 ? size : known)
    })
  })
  const hidden = [...sizes.keys()].filter((l) => l.startsWith('…')).length
  if (right === undefined) return { operands, output: implicitOutput(operands), sizes }
  const output = labels(subscripts, right, hidden)
  const unknown = output.find((name) => !sizes.has(name))
  if (unknown !== undefined) throw fail(subscripts, `the result's label '${unknown}' is in no operand.`)
  if (new Set(output).size !== output.length) throw fail(subscripts, `the result '${right}' names one label twice.`)
  return { operands, output, sizes }
}
