/** Who takes part, ours first: `{ [name]: { title, version, command, args } }`. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const node = (file) => ({ command: process.execPath, args: [join(import.meta.dirname, file)] })

/** The first Python that has PyTorch; Debian's own comes first, where `apt-get install python3-torch` puts it. */
const pythons = ['/usr/bin/python3', 'python3', 'python']
const findPython = () => {
  for (const command of pythons) {
    const { status, stdout } = spawnSync(command, ['-c', 'import torch; print(torch.__version__)'], {
      encoding: 'utf8',
    })
    if (status === 0) return { command, version: stdout.trim() }
  }
  return undefined
}

const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))

export const contestants = () => {
  const python = findPython()
  return {
    puregrad: { title: 'puregrad', ...node('puregrad.mjs') },
    tfjs: { title: 'TensorFlow.js wasm', version: dependencies['@tensorflow/tfjs'], ...node('tfjs.mjs') },
    'jax-js': { title: 'jax-js wasm', version: dependencies['@jax-js/jax'], ...node('jax-js.mjs') },
    onnxruntime: { title: 'onnxruntime-web', version: dependencies['onnxruntime-web'], ...node('onnxruntime.mjs') },
    ...(python === undefined
      ? {}
      : { torch: { title: 'PyTorch native', ...python, args: [join(import.meta.dirname, 'pytorch.py')] } }),
  }
}

/** puregrad in other ways, for the rows that name them. */
export const rivals = {
  eager: { title: 'without `jit`', ...node('puregrad-eager.mjs') },
  'by-hand': { title: 'planned by hand over the same kernels', ...node('by-hand.mjs') },
  'two-threads': { title: 'with two threads', ...node('puregrad.mjs'), environment: { PUREGRAD_THREADS: '2' } },
}
