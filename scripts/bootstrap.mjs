// Everything `npm start` and `npm test` need on a machine with only Node and npm: install, build, then run.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamps = join(root, 'node_modules', '.cache', 'puregrad')
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** Runs a command and ends the process when it fails; a quiet one shows its output only then. */
const run = (command, args, { cwd = root, quiet = false } = {}) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    shell: process.platform === 'win32',
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status === 0) return
  if (quiet) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`)
  if (error) process.stderr.write(`${command}: ${error.message}\n`)
  process.exit(status ?? 1)
}

const stampOf = (name) => {
  const path = join(stamps, name)
  return {
    is: (value) => existsSync(path) && readFileSync(path, 'utf8') === value,
    set: (value) => {
      mkdirSync(stamps, { recursive: true })
      writeFileSync(path, value)
    },
  }
}

const pnpm = (args) => {
  const { packageManager } = readJson(join(root, 'package.json'))
  run('npx', ['--yes', packageManager, ...args], { quiet: true })
}

const install = () => {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  const manifests = workspace().map(({ directory }) => join(directory, 'package.json'))
  for (const path of [join(root, 'pnpm-lock.yaml'), join(root, 'package.json'), ...manifests])
    hash.update(readFileSync(path))
  const digest = hash.digest('hex')
  const stamp = stampOf('install')
  if (stamp.is(digest)) return
  process.stderr.write('Installing dependencies …\n')
  pnpm(['install', '--frozen-lockfile'])
  stamp.set(digest)
}

/** A folder that brings dependencies of its own, which nothing else needs: peers of the benchmarks, tools of other set-ups. */
const installOwn = (name) => {
  const directory = join(root, name)
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  for (const file of ['package.json', 'pnpm-lock.yaml']) hash.update(readFileSync(join(directory, file)))
  const digest = hash.digest('hex')
  const stamp = stampOf(`install-${name}`)
  if (stamp.is(digest) && existsSync(join(directory, 'node_modules'))) return
  process.stderr.write(`Installing what ${name} needs …\n`)
  pnpm(['install', '--dir', directory, '--ignore-workspace', '--frozen-lockfile'])
  stamp.set(digest)
}

const skipped = new Set(['node_modules', 'dist', 'build', 'generated', 'test'])
const sourcesIn = (directory) =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name) && !entry.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name)
      return entry.isDirectory() ? sourcesIn(path) : entry.name.endsWith('.test.ts') ? [] : [path]
    })

/** The packages to build, each after those it depends on. */
const workspace = () => {
  const found = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => ({ directory, manifest: readJson(join(directory, 'package.json')) }))
  const sorted = new Set()
  const visit = (unit) => {
    for (const name of Object.keys(unit.manifest.dependencies ?? {})) {
      const dependency = found.find(({ manifest }) => manifest.name === name)
      if (dependency && !sorted.has(dependency)) visit(dependency)
    }
    sorted.add(unit)
  }
  found.forEach(visit)
  return [...sorted]
}

const build = () => {
  const digests = new Map()
  for (const { directory, manifest } of workspace()) {
    const hash = createHash('sha256')
    for (const name of ['tsconfig.base.json', 'scripts/bundle.mjs']) hash.update(readFileSync(join(root, name)))
    for (const name of Object.keys(manifest.dependencies ?? {})) hash.update(digests.get(name) ?? '')
    for (const path of sourcesIn(directory)) hash.update(relative(directory, path)).update(readFileSync(path))
    const digest = hash.digest('hex')
    digests.set(manifest.name, digest)
    const stamp = stampOf(`build-${manifest.name.replaceAll('/', '-')}`)
    if (stamp.is(digest) && existsSync(join(directory, 'dist', 'index.js'))) continue
    process.stderr.write(`Building ${manifest.name} …\n`)
    run('npm', ['run', '--silent', 'build'], { cwd: directory, quiet: true })
    stamp.set(digest)
  }
}

const bin = (name, args, cwd = root) => run(join(root, 'node_modules', '.bin', name), args, { cwd })
const script = (name) => run('npm', ['run', '--silent', name])

const tasks = {
  start: (args) => bin('tsx', [join(root, 'examples', 'digits', 'start.ts'), ...args]),
  example: (args) => run(process.execPath, ['--import', 'tsx', join(root, 'examples', 'runner', 'main.ts'), ...args]),
  test: (args) => bin('vitest', ['run', ...args]),
  build: () => {},
  check: () => {
    for (const name of ['check:types', 'check:lint', 'check:arrows', 'test:types']) script(name)
  },
  docs: (args) => bin('typedoc', args),
  bench: (args) => {
    installOwn('bench')
    run(process.execPath, [join(root, 'bench', 'main.mjs'), ...args])
  },
  setups: (args) => {
    installOwn('setups')
    bin('vitest', ['run', '--config', join('setups', 'vitest.config.ts'), ...args])
  },
  browser: (args) => {
    installOwn('setups')
    bin('vitest', ['run', '--config', join('setups', 'browser.config.ts'), ...args])
  },
  pack: () => {
    pnpm(['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', join(root, 'out')])
    process.stderr.write('Packed into out/\n')
  },
  packages: () => {
    for (const { directory, manifest } of workspace().filter(({ manifest }) => !manifest.private)) {
      process.stderr.write(`${manifest.name}\n`)
      bin('publint', ['--pack', 'npm', '--strict'], directory)
      // Only what says how to require it is held to the rules for that.
      const profile = JSON.stringify(manifest.exports).includes('"require"') ? 'strict' : 'esm-only'
      bin('attw', ['--pack', '--profile', profile, '--format', 'ascii'], directory)
    }
  },
}

// Ctrl-C goes to the whole process group; what runs decides how to end, and this waits for it.
process.on('SIGINT', () => {})

const [name = '', ...args] = process.argv.slice(2)
const task = tasks[name]
if (!task) {
  process.stderr.write(`bootstrap: no task '${name}'. Did you mean one of ${Object.keys(tasks).join(', ')}?\n`)
  process.exit(2)
}
install()
build()
task(args)
