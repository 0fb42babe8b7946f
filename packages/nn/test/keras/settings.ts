/** The settings of a Keras layer, read from words such as "strides=(2,1), padding='valid'". */
import { np, type Tensor } from '@puregrad/core'
import { elu, identity, leakyRelu, relu, selu, sigmoid, softmax, softplus, softSign, tanh } from '../../src/index.js'

/** The text after `name=`: a quoted word, a bracketed list, or anything up to a comma. */
export const setting = (settings: string, name: string): string | null => {
  const found = new RegExp(`\\b${name}=('[^']*'|\\([^)]*\\)|[^,\\s]+)`).exec(settings)
  return found?.[1]?.replaceAll("'", '') ?? null
}

/** One or more whole numbers. */
export const numbers = (text: string): readonly number[] => (text.match(/\d+/g) ?? []).map(Number)

/** A number for each axis, from one for all or a list; null if there is none. */
export const sizes = (settings: string, name: string, rank: number): readonly number[] | null => {
  const text = setting(settings, name)
  if (text === null || text === 'None') return null
  const list = numbers(text)
  return list.length === 1 ? Array.from({ length: rank }, () => list[0] as number) : list
}

export const isTrue = (settings: string, name: string): boolean => setting(settings, name) === 'True'

type Activation = (x: Tensor) => Tensor

/** Keras 2 clips 0.2 x + 0.5, where JAX and we divide by 6. */
const hardSigmoid: Activation = (x) => np.clip(x.mul(0.2).add(0.5), 0, 1)

const activations: Readonly<Record<string, Activation>> = {
  elu,
  hard_sigmoid: hardSigmoid,
  linear: identity,
  relu,
  selu,
  sigmoid,
  softmax: (x) => softmax(x),
  softplus,
  softsign: softSign,
  tanh,
}

/** An activation by Keras's name, with its own settings. */
export const activationOf = (name: string, settings = ''): Activation => {
  const [alpha, most] = [setting(settings, 'alpha'), setting(settings, 'max_value')]
  if (name === 'relu' && alpha !== null) return (x) => leakyRelu(x, { negativeSlope: Number(alpha) })
  if (name === 'relu' && most !== null) return (x) => np.minimum(relu(x), Number(most))
  if (name === 'elu' && alpha !== null) return (x) => elu(x, { alpha: Number(alpha) })
  const found = activations[name]
  if (found === undefined) throw new Error(`no activation ${name}`)
  return found
}
