/** The MLP step planned by hand over puregrad's own kernels, which measures what the library adds to them. */
import { relaxedSimdWorks } from '../../packages/kernels-as/dist/relaxed.js'
import { compile } from '../../packages/kernels-as/scripts/asc.mjs'
import { serve } from '../harness/serve.mjs'
import { checkedSteps } from '../rows.mjs'

const pageBytes = 65536
const maximumPages = 32768

const load = async () => {
  const wasm = await compile('../../bench/assembly/mlp.ts', { relaxed: relaxedSimdWorks() })
  return {
    mlp: ({ x, y, ...params }) => {
      const memory = new WebAssembly.Memory({ initial: 1024, maximum: maximumPages })
      const env = {
        memory,
        abort: () => {
          throw new Error('by hand: abort')
        },
      }
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env })
      if (exports.end() > 1024 * pageBytes) throw new Error('by hand: the memory is too small')
      const put = (address, data) => new Float32Array(memory.buffer, address, data.length).set(data)
      put(exports.inputAddress(), x.data)
      put(exports.labelAddress(), y.data)
      let address = exports.parameterAddress()
      for (const name of ['w1', 'b1', 'w2', 'b2', 'w3', 'b3']) {
        put(address, params[name].data)
        address += params[name].data.byteLength
      }
      let steps = 0
      const step = () => exports.step(++steps)
      return {
        run: () => {
          step()
        },
        result: () => Float32Array.from({ length: checkedSteps }, step),
      }
    },
  }
}

serve({ load, coldStart: load })
