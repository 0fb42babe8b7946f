/** The race's side: a contestant in a process of its own, which waits without using the processor while others run. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** One thread each, whatever the library's own default is. */
export const oneThread = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  PUREGRAD_THREADS: '1',
}

/** @returns `ask(request, details)` and `end()`. A process that dies, or takes too long, answers with an error, and so from then on. */
export const startContestant = ({ command, args, environment = {} }) => {
  const child = spawn(command, args, {
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...oneThread, ...environment },
  })
  let waiting
  let failure
  const settle = (answer) => {
    waiting?.(answer)
    waiting = undefined
  }
  const fail = (reason) => {
    failure ??= { error: reason }
    settle(failure)
  }
  child.on('error', ({ message }) => fail(message))
  child.on('exit', (code, signal) => fail(`its process ended (${signal ?? code})`))
  child.stdin.on('error', () => {})
  createInterface({ input: child.stdio[3] }).on('line', (line) => settle(JSON.parse(line)))
  const ask = (request, details = {}, seconds = 60) =>
    failure !== undefined
      ? Promise.resolve(failure)
      : new Promise((resolve) => {
          const timer = setTimeout(() => {
            fail(`no answer within ${seconds} s`)
            child.kill('SIGKILL')
          }, seconds * 1000)
          waiting = (answer) => {
            clearTimeout(timer)
            resolve(answer)
          }
          child.stdin.write(`${JSON.stringify({ request, ...details })}\n`)
        })
  const end = () => {
    child.stdin.end()
    child.kill()
  }
  return { ask, end, alive: () => failure === undefined }
}
