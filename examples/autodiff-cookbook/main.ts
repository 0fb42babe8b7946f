import { np } from '@puregrad/core'
import { clippedSlopes, softplusSlopes } from './customRules.js'
import { checkAll, descend, differences, gradients, tanhAt2, valueAndGradient } from './gradients.js'
import { hessians, hessianVectorProducts, jacobians, manyProducts } from './jacobians.js'
import { perExampleGradients } from './perExample.js'

const show = (title: string, result: unknown): void => {
  console.log(`\n${title}`)
  console.log(result)
}

show('tanh at 2: first, second and third derivative', tanhAt2())
show('Gradients by the weights, by both arguments, by a record', gradients())
show('The loss and its gradient', valueAndGradient())
show('Central differences beside derivatives', differences())
checkAll()
show('checkGrads', 'Both modes and both orders agree with differences in float64.')
const [, losses] = descend(50)
show('Descent: the loss at the start and after 50 steps', [losses[0], losses.at(-1)])
show('The Jacobian of the probabilities, forward and reverse', jacobians())
show('The Hessian of the loss, in every order of the modes', hessians())
show('The Hessian times [1, 0, −1]', hessianVectorProducts(np.array([1, 0, -1])))
show('The Hessian times each unit vector, linearised once', manyProducts(np.eye(3)))
show('One gradient per example', perExampleGradients())
show('The slope of log(1 + eˣ), plain and with a given rule', softplusSlopes())
show('The slope of 10 · sin x with clipped cotangents', clippedSlopes(np.array([0, 1.5, Math.PI])))
