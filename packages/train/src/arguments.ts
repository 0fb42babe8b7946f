/** What training is called with: a model, and where it starts. */
import { ArgumentError, isRecord, show } from '@puregrad/core'

/** @throws ArgumentError for a model that is no layer, or variables that are none */
export const checkModel = (operation: string, layer: unknown, variables: unknown): void => {
  if (!isRecord(layer) || typeof layer.apply !== 'function') {
    throw new ArgumentError(
      `${operation}: the layer, argument 1, is ${show(layer)}. A layer is what nn.serial(…) or nn.dense(10) gives.`,
    )
  }
  if (!isRecord(variables) || variables.params === undefined || variables.state === undefined) {
    throw new ArgumentError(
      `${operation}: argument 2 is ${show(variables)}. It is { params, state }, as init(layer, shape, key) gives it.`,
    )
  }
}

/** @throws ArgumentError if something that a function needs is not there */
export const checkGiven = (operation: string, name: string, given: unknown, cure: string): void => {
  if (given === undefined || given === null) throw new ArgumentError(`${operation}: ${name} is ${show(given)}. ${cure}`)
}

/** @throws ArgumentError for what are no examples */
export const checkExamples = (operation: string, name: string, examples: unknown): void => {
  if (isRecord(examples) && examples.x !== undefined && examples.y !== undefined) return
  throw new ArgumentError(`${operation}: ${name} is ${show(examples)}. Examples are { x, y }, inputs and targets.`)
}
