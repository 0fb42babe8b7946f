/** What is done with a random program before it is compiled, and what comes out as text. */
import { checkpoint, grad, jit, jvp, np, PuregradError, type Tensor, vmap } from '@puregrad/core'
import { float, isFloat } from './operation.js'

type List = readonly Tensor[]
export type Flat = (inputs: List) => List

/** A smooth number of all float results. */
const scalarOf = (f: Flat, inputs: List): Tensor =>
  f(inputs).reduce(
    (sum, y) => (isFloat(y) ? sum.add(np.sin(y).sum().astype('float64')) : sum),
    np.zeros([], { dtype: 'float64' }),
  )

/** The program as a function of its float inputs. */
const ofFloats = (inputs: List, f: (all: List) => Tensor): ((moving: List) => Tensor) => {
  return (moving) => {
    let next = 0
    return f(inputs.map((x) => (isFloat(x) ? (moving[next++] as Tensor) : x)))
  }
}
const floatsOf = (inputs: List): Tensor[] => inputs.filter(isFloat)
const gradient = (f: Flat, inputs: List): List =>
  grad((moving: List) => ofFloats(inputs, (all) => scalarOf(f, all))(moving))(floatsOf(inputs)) as List
const twice = (x: Tensor): Tensor => np.stack([x, np.flip(x.reshape([x.size])).reshape(x.shape)])

/** Functions of the same inputs that hold the program. */
export const ways: Readonly<Record<string, (f: Flat) => Flat>> = {
  itself: (f) => f,
  gradient: (f) => (inputs) => gradient(f, inputs),
  'gradient of a checkpoint': (f) => (inputs) => gradient((xs) => checkpoint((ys: List) => f(ys))(xs) as List, inputs),
  slopes: (f) => (inputs) =>
    jvp(
      (moving: List) => ofFloats(inputs, (all) => scalarOf(f, all))(moving),
      [floatsOf(inputs)],
      [floatsOf(inputs).map((x) => np.cos(x))],
    ) as List,
  batches: (f) => (inputs) => vmap((xs: List) => f(xs))(inputs.map(twice)) as List,
  'gradients of batches': (f) => (inputs) =>
    gradient((xs) => vmap((ys: List) => f(ys).map(float))(xs.map(twice)) as List, inputs),
  'batches of gradients': (f) => (inputs) => vmap((xs: List) => gradient(f, xs))(inputs.map(twice)) as List,
  'a call': (f) => (inputs) => jit((xs: List) => f(xs))(inputs) as List,
}

const show = (x: Tensor): string =>
  `${x.dtype}[${x.shape}] ${Array.from(x.data(), (v) => (Object.is(v, -0) ? '-0' : String(v))).join()}`

/** Results as text, or the kind of the library's error. */
export const outcome = (f: () => List): readonly string[] => {
  try {
    return f().map(show)
  } catch (error) {
    if (error instanceof PuregradError) return [error._tag]
    throw error
  }
}
