/** A checkpoint of PyTorch's, from its bytes to logits. */
import { gunzipSync } from 'node:zlib'
import { np } from '@puregrad/core'
import { decodeTorch } from '@puregrad/formats'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { fromTorchvision, gradCam, resnet18, saliency } from '../src/index.js'
import { expectNear, golden, type Numbers } from './golden.js'
import { noise } from './noise.js'

interface Golden {
  readonly file: string
  readonly classes: readonly number[]
  readonly logits: Numbers
  readonly cam: Rows
  readonly saliency: Rows
}
/** A tensor whose images are rows. */
interface Rows {
  readonly shape: readonly number[]
  readonly data: readonly (readonly number[])[]
}
const { file, classes, logits, cam, saliency: pixels } = golden<Golden>('checkpoint')
const bytes = new Uint8Array(gunzipSync(Buffer.from(file, 'base64')))
const model = resnet18({ classes: 5, width: 2 })

const images = noise(0, [2, 3, 64, 64]).transpose([0, 2, 3, 1])
const network = () => {
  const decoded = decodeTorch(bytes, { file: 'resnet18.pth', under: 'state_dict.module' })
  if (isLeft(decoded)) throw new Error(decoded.left.found)
  const read = fromTorchvision(model, [64, 64, 3], decoded.right.tensors)
  if (isLeft(read)) throw new Error(JSON.stringify(read.left).slice(0, 500))
  return read.right
}
const rows = ({ shape, data }: Rows): Numbers => np.array(data.flat()).reshape(shape).toArray() as Numbers

describe('a checkpoint of torch.save', () => {
  it("gives a network with PyTorch's logits", () => {
    const { params, state } = network()
    expectNear(model.apply(params, state, images, { mode: 'eval' })[0], logits, 1e-4)
  })

  it('looks where it looks in PyTorch', () => {
    const target = np.array(Int32Array.from(classes))
    expectNear(gradCam(model, network(), images, { at: 'layer2', target }), rows(cam), 1e-4)
    const found = saliency(model, network(), images, { target })
    expectNear(np.take(found, np.array(Int32Array.of(0, 16, 32, 48)), { axis: 1 }), rows(pixels), 1e-4)
  })

  it('tells names that are not those of the network', () => {
    const whole = decodeTorch(bytes, { file: 'resnet18.pth' })
    if (isLeft(whole)) throw new Error(whole.left.found)
    expect(Object.fromEntries(whole.right.metadata)).toEqual({ epoch: 7, best: 0.5 })
    expect(isLeft(fromTorchvision(model, [64, 64, 3], whole.right.tensors))).toBe(true)
  })
})
