/** A project of somebody else's: the packages as they are published, in a folder of its own, with the tools that a set-up needs. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))

/** A tool of this folder, by its file. */
export const tool = (path: string): string => join(here, 'node_modules', path)

export interface Project {
  readonly directory: string
  /** Writes files, by their paths, and says where the first one is. */
  readonly write: (files: Readonly<Record<string, string>>) => string
  /** Runs Node on a file with arguments; a run that fails throws with all that it said. */
  readonly node: (
    file: string,
    options?: { readonly arguments?: readonly string[]; readonly environment?: Readonly<Record<string, string>> },
  ) => string
  readonly remove: () => void
}

const run = (command: string, args: readonly string[], cwd: string, environment = {}): string => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}${error ?? ''}`)
  return stdout
}

/** A new project with the packages in it, unpacked as npm does, whose other dependencies are links to those here. */
export const makeProject = (dependencies: readonly string[]): Project => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'puregrad-setup-')))
  for (const [name, archive] of Object.entries(inject('archives'))) {
    const target = join(directory, 'node_modules/@puregrad', name)
    mkdirSync(target, { recursive: true })
    run('tar', ['-xzf', archive, '--strip-components=1', '-C', target], directory)
  }
  for (const name of ['fp-ts', '@assemblyscript/loader', ...dependencies]) {
    const link = join(directory, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(realpathSync(tool(name)), link)
  }
  const write: Project['write'] = (files) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), text)
    }
    return join(directory, Object.keys(files)[0] ?? '')
  }
  return {
    directory,
    write,
    node: (file, { arguments: args = [], environment } = {}) =>
      run(process.execPath, [file, ...args], directory, environment),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** A program over three packages, without its imports: it prints a gradient, a step of Adam and a large sum by several threads. */
export const program = `
const slope = grad((x) => np.sum(np.square(x)))(np.array([3, 4]))
const loss = (p) => losses.l2Loss(p, np.zeros([2])).sum()
const optimizer = adam(0.5)
const params = np.array([1, -1])
const [updates] = optimizer.update(grad(loss)(params), optimizer.init(params), params)
const stepped = applyUpdates(params, updates)
const large = jit((x) => np.sum(np.sin(x).mul(x)))(np.ones([512, 2048]))
const report = [slope, stepped].map((x) => JSON.stringify(x.toArray())).join(' ') + ' ' + (large.item() / 1048576).toFixed(4)
`
export const expected = '[6,8] [0.5,-0.5] 0.8415'
