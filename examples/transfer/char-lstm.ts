/** A character model of two LSTM cells whose weights were trained elsewhere, on Shakespeare's plays. */
import { lax, np, scan, type Tensor } from '@puregrad/core'
import { logSoftmax, lstmCell } from '@puregrad/nn'
import { weights } from '@puregrad/train'

const features = 128
const symbols = 65
const zeros = (...shape: readonly number[]): Tensor => np.zeros(shape)
const cellParams = {
  inputKernel: zeros(features, 4 * features),
  recurrentKernel: zeros(features, 4 * features),
  bias: zeros(4 * features),
}

/** The tree that weights are read into. */
export const charLstm = {
  params: {
    embedding: zeros(symbols, features),
    cells: [cellParams, cellParams],
    out: { kernel: zeros(features, symbols), bias: zeros(symbols) },
  },
}

/** Which of the file's tensors goes where. TensorFlow's basic cell keeps both kernels as one, in another order of gates. */
export const charLstmRules = [
  weights.one('embedding', 'params.embedding'),
  ...weights.keras.basicLstm('rnnlm/multi_rnn_cell/cell_{i}/basic_lstm_cell', 'cells.{i}', { inputs: features }),
  weights.one('rnnlm/softmax_w', 'params.out.kernel'),
  weights.one('rnnlm/softmax_b', 'params.out.bias'),
]

export type CharLstm = (typeof charLstm)['params']

const cell = lstmCell(features)

/** [time] symbols to [time, symbols] log-probabilities of what comes next, from a state of zeros. */
export const logProbabilities = (params: CharLstm, text: Tensor): Tensor => {
  const start = params.cells.map(() => cell.start(zeros(1, features)))
  const [, hidden] = scan(
    (states: typeof start, symbol: Tensor): readonly [typeof start, Tensor] => {
      let x = np.take(params.embedding, symbol, { axis: 0 }).reshape([1, features])
      const next = states.map((state, i) => {
        const own = params.cells[i] as typeof cellParams
        const after = cell.step(own, state, cell.prepare(own, x.reshape([1, 1, features])).reshape([1, 4 * features]))
        x = cell.hidden(after)
        return after
      })
      return [next, lax.squeeze(x, [0])]
    },
    start,
    text,
  )
  return logSoftmax(hidden.matmul(params.out.kernel).add(params.out.bias), { axis: -1 })
}

/** Mean nats per character of a text after its first. */
export const natsPerCharacter = (params: CharLstm, text: Tensor): Tensor => {
  const next = text.slice({ start: 1 })
  const all = logProbabilities(params, text.slice({ stop: -1 }))
  return np.mean(np.takeAlongAxis(all, np.expandDims(next, 1), { axis: 1 })).neg()
}
