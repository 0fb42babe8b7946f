/** fast-check, loaded when a law or an arbitrary first asks for it: `checkGrads` and matchers work without it. */
import { createRequire } from 'node:module'
import type fastCheck from 'fast-check'
import { TransformError } from '../../errors.js'

type FastCheck = typeof fastCheck

const require = createRequire(import.meta.url)

const load = (): FastCheck => {
  try {
    return (require('fast-check') as { readonly default: FastCheck }).default
  } catch (cause) {
    throw new TransformError(
      '@puregrad/core/testing: laws and arbitraries need fast-check, which is not installed. Add it: npm install --save-dev fast-check.',
      { cause },
    )
  }
}

let loaded: FastCheck | undefined

const late = new Proxy({} as FastCheck, {
  get: (_, name) => {
    loaded ??= load()
    return loaded[name as keyof FastCheck]
  },
})

export { late as default }
