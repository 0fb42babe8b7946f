import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Starts a TypeScript file as a process of its own, with the packages from where the tests have them. */
export const startChild = (script: URL, args: readonly string[]): ChildProcess => {
  const conditions = process.env.PUREGRAD_FROM === 'source' ? ['--conditions=@puregrad/source'] : []
  return spawn(process.execPath, [...conditions, '--import', 'tsx', fileURLToPath(script), ...args], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Runs it, lets `onOutput` see all text so far and perhaps kill it, and gives the text when it is over. */
export const runChild = (
  script: URL,
  args: readonly string[],
  onOutput: (text: string, child: ChildProcess) => void = () => {},
): Promise<{ readonly text: string; readonly code: number | null; readonly signal: string | null }> =>
  new Promise((resolve) => {
    const child = startChild(script, args)
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += String(chunk)
      onOutput(text, child)
    })
    child.on('close', (code, signal) => resolve({ text, code, signal }))
  })
