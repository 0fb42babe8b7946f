import { loadKernels } from '@puregrad/kernels-as'
import { expect, it } from 'vitest'
import { exportedFunctions } from './signatures.js'

it('signatures are those of the exported functions', () => {
  const { binary, call } = loadKernels()
  const found = exportedFunctions(binary)
  for (const [name, kernel] of Object.entries(call)) {
    // The name of an exported function is its number.
    expect([name, found.get(name)?.parameters, String(found.get(name)?.index)]).toEqual([
      name,
      kernel.length,
      kernel.name,
    ])
  }
  expect(found.get('add_f32')?.result).toBe(false)
  expect(found.get('gemmScratch_f32')).toMatchObject({ parameters: 3, result: true })
})
