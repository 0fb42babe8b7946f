/** The story: every recipe, one after the other. */
import { inspect } from 'node:util'
import { np, type Tensor } from '@puregrad/core'
import { lineChart } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { clippedSlopes, softplusSlopes } from './custom-rules.js'
import { checkAll, descend, differences, gradients, tanhAt2, valueAndGradient } from './gradients.js'
import { hessians, hessianVectorProducts, jacobians, manyProducts } from './jacobians.js'
import { perExampleGradients } from './per-example.js'

const numbers = (x: Tensor): readonly number[] => Array.from(x.data(), Number)

/** Prints what every recipe gives, and draws the descent. */
export const cook = async ({ settings, print, plot }: Context<'steps'>): Promise<E.Either<string, Told>> => {
  const show = <T>(title: string, result: T): T => {
    print(`\n${title}\n${typeof result === 'string' ? result : inspect(result)}`)
    return result
  }
  const tanh = show('tanh at 2: first, second and third derivative', tanhAt2())
  const { byFirst } = show('Gradients by the weights, by both arguments, by a record', gradients())
  show('The loss and its gradient', valueAndGradient())
  show('Central differences beside derivatives', differences())
  checkAll()
  show('checkGrads', 'Both modes and both orders agree with differences in float64.')
  const [, losses] = descend(settings.steps)
  show(`Descent: the loss at the start and after ${settings.steps} steps`, [losses[0], losses.at(-1)])
  show('The Jacobian of the probabilities, forward and reverse', jacobians())
  const { hessian } = show('The Hessian of the loss, in every order of the modes', hessians())
  show('The Hessian times [1, 0, −1]', hessianVectorProducts(np.array([1, 0, -1])))
  show('The Hessian times each unit vector, linearised once', manyProducts(np.eye(3)))
  show('One gradient per example', perExampleGradients())
  const softplus = show('The slope of log(1 + eˣ), plain and with a given rule', softplusSlopes())
  show('The slope of 10 · sin x with clipped cotangents', clippedSlopes(np.array([0, 1.5, Math.PI])))
  await plot(
    'descent.svg',
    lineChart([{ name: 'loss', y: losses, x: losses.map((_, step) => step) }], {
      title: 'Descent',
      xLabel: 'step',
      yLabel: 'loss',
      width: 640,
    }),
  )
  return E.right({
    data: { kind: 'none' },
    figures: {
      tanh: tanh.flatMap(numbers),
      gradient: numbers(byFirst),
      hessian: numbers(hessian),
      losses,
      softplusSlope: numbers(softplus.given),
    },
  })
}
