/** Two threads of one process save into one file, 15 times each, at the same time: `saveInThreads.ts FILE`. */
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { writeAtomically } from '../src/node/atomic.js'

if (isMainThread) {
  // Threads of Node 20 do not inherit the loader of TypeScript.
  const script = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(import.meta.url)})))`
  const workers = [1, 2].map(
    (which) => new Worker(script, { eval: true, workerData: { file: process.argv[2], which } }),
  )
  const codes = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.on('exit', resolve))))
  process.stdout.write(codes.join())
} else {
  const { file, which } = workerData as { readonly file: string; readonly which: number }
  for (let i = 0; i < 15; i++) await writeAtomically(file, new Uint8Array(300_000).fill(which))
}
