/** Words as letters: what digits are called, and what a network writes down. */
import { np, type Tensor } from '@puregrad/core'
import { losses } from '@puregrad/nn'
import { digitNames } from '../speak/voices.js'

/** The blank first, then a to z. */
export const classes = 27

const longest = Math.max(...digitNames.map((name) => name.length))

/** int32 [10, longest]: the letters of every digit's name, 0 behind its end. */
const spelling = np.array(
  digitNames.map((name) => Array.from({ length: longest }, (_, i) => (i < name.length ? name.charCodeAt(i) - 96 : 0))),
  { dtype: 'int32' },
)

/** The letters of digits, [batch, longest], and which places are behind their ends. */
export const lettersOf = (digits: Tensor): { readonly labels: Tensor; readonly paddings: Tensor } => {
  const labels = np.take(spelling, digits, { axis: 0 })
  return { labels, paddings: labels.eq(0).astype('float32') }
}

/** What labels spell. */
export const spelled = (labels: readonly number[], length: number): string =>
  labels
    .slice(0, length)
    .map((label) => String.fromCharCode(96 + label))
    .join('')

/** The log-probability of every digit's name, over all of its alignments: [batch, 10]. */
export const logsOfDigits = (logits: Tensor, paddings: Tensor): Tensor => {
  const batch = logits.shape[0] as number
  return np.stack(
    digitNames.map((_, digit) => {
      const { labels, paddings: behind } = lettersOf(np.full([batch], digit, { dtype: 'int32' }))
      return losses.ctcLoss(logits, paddings, labels, behind).neg()
    }),
    { axis: 1 },
  )
}
