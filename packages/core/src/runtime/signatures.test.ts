import { loadKernels } from '@puregrad/kernels-as'
import { expect, it } from 'vitest'
import { signatures } from './signatures.js'

it('signatures are those of the exported functions', () => {
  const { binary, call } = loadKernels()
  const found = signatures(binary)
  for (const [name, kernel] of Object.entries(call))
    expect([name, found.get(name)?.parameters]).toEqual([name, kernel.length])
  expect(found.get('add_f32')?.result).toBe(false)
  expect(found.get('gemmScratch_f32')).toEqual({ parameters: 3, result: true })
})
