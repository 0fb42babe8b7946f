/** What layers are made and called with: an error says what is missing, and what to give. */
import { ArgumentError, isRecord, show, Tensor } from '@puregrad/core'
import type { Ctx, Key } from './layer.js'

const contexts = "{ mode: 'eval' }, or { mode: 'train', key: random.key(seed) }"

/** Whether a key is there, or comes when it is asked for. */
const hasKey = (ctx: object): boolean => {
  const own = Object.getOwnPropertyDescriptor(ctx, 'key')
  return own?.get !== undefined || ('key' in ctx && ctx.key instanceof Tensor)
}

/** @throws ArgumentError if parameters or state are not there */
const checkVariables = (name: string, params: unknown, state: unknown): void => {
  if (params !== undefined && state !== undefined) return
  const missing = params === undefined ? 'params' : 'state'
  throw new ArgumentError(
    `${name}: apply takes (params, state, x, ctx), and ${missing} is undefined. Give what init made: const { params, state } = init(layer, shape, key); of a layer without them it is null.`,
  )
}

/** @throws ArgumentError unless the fourth argument of a layer's `apply` is a context, and the others are anything */
export const checkApply = (name: string, params: unknown, state: unknown, x: unknown, ctx: Ctx): void => {
  const given: unknown = ctx
  if (x === undefined || !isRecord(given)) {
    const missing = x === undefined ? 'x' : 'ctx'
    throw new ArgumentError(
      `${name}: apply takes (params, state, x, ctx), and ${missing} is ${show(x === undefined ? x : given)}. The context is ${contexts}.`,
    )
  }
  checkVariables(name, params, state)
  if (given.mode === 'eval') return
  if (given.mode !== 'train') {
    throw new ArgumentError(
      `${name}: the mode of ctx, the fourth argument of apply, is ${show(given.mode)}. Give ${contexts}.`,
    )
  }
  if (hasKey(given)) return
  throw new ArgumentError(
    `${name}: training needs a random key, and ctx.key is ${show(given.key)}. Give { mode: 'train', key: random.key(seed) }.`,
  )
}

/** @throws ArgumentError for what is no layer */
export const checkLayer = (operation: string, layer: unknown): void => {
  if (isRecord(layer) && typeof layer.plan === 'function' && typeof layer.apply === 'function') return
  const cure = typeof layer === 'function' ? 'Make it one with nn.lambda(f).' : 'A layer is what nn.dense(10) gives.'
  throw new ArgumentError(`${operation}: the layer is ${show(layer)}. ${cure}`)
}

/** @throws ArgumentError for what is no key */
export const checkKey = (operation: string, key: Key): void => {
  if (key instanceof Tensor) return
  const seed = typeof key === 'number' ? show(key) : 'seed'
  throw new ArgumentError(`${operation}: the key is ${show(key)}. Make one of a seed: random.key(${seed}).`)
}

const isSize = (n: unknown): boolean => typeof n === 'number' && Number.isInteger(n) && n >= 0

/** @throws ArgumentError unless it is a shape, or a tree of shapes */
export const checkInputShape = (operation: string, shape: unknown): void => {
  const fail = (why: string): never => {
    throw new ArgumentError(`${operation}: the input shape is ${show(shape)}. ${why}`)
  }
  const check = (x: unknown): void => {
    if (Array.isArray(x)) {
      if (x.every((n) => typeof n !== 'object')) {
        if (!x.every(isSize)) fail('Sizes are whole numbers, those behind the batch axis, such as [28, 28, 1].')
      } else for (const child of x) check(child)
    } else if (isRecord(x)) for (const child of Object.values(x)) check(child)
    else if (isSize(x)) fail(`A shape is an array, of the sizes behind the batch axis: [${x}].`)
    else if (x instanceof Tensor) fail('Give the shape of one example, without the batch axis: x.shape.slice(1).')
    else if (x !== null) fail('A shape is an array of the sizes behind the batch axis, such as [28, 28, 1].')
  }
  check(shape)
}

/** @throws ArgumentError if the parameters or the state of children are not there */
export const checkHeld = (held: unknown): void => {
  if (typeof held === 'object' && held !== null) return
  throw new ArgumentError(
    `apply: where the parameters or the state of several layers should be stands ${show(held)}. It takes (params, state, x, ctx), with { params, state } as init(layer, shape, key) gives them.`,
  )
}
