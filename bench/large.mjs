/**
 * Full-size networks at 224 × 224: seconds and peak memory of their first numbers and of a step of Adam, beside PyTorch's, one
 * thread each, each in a process of its own, in turns.
 *   node bench/large.mjs [NAME:BATCH …]     after npm run build
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { oneThread } from './harness/contestant.mjs'

const usual = ['vgg16:1', 'resnet50:8', 'densenet121:8']
const asked = process.argv.slice(2)

const ask = (command, file, args) => {
  const { status, stdout, stderr } = spawnSync(command, [join(import.meta.dirname, 'contestants', file), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...oneThread },
  })
  if (status !== 0) return { error: stderr.trim().split('\n').at(-1) }
  return JSON.parse(stdout.trim().split('\n').at(-1))
}
const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(2)} GB`
const time = (s) => `${s.toFixed(s < 10 ? 2 : 1)} s`
const cells = ({ error, init, initPeak, first, step, peak }) =>
  error === undefined
    ? [time(init), gigabytes(initPeak), time(first), time(step), gigabytes(peak)]
    : [error, '–', '–', '–', '–']

console.log('| network, batch | | init | its peak | first step | a step | peak |')
console.log('| --- | --- | --: | --: | --: | --: | --: |')
for (const [name, batch] of (asked.length > 0 ? asked : usual).map((x) => x.split(':'))) {
  const ours = ask(process.execPath, 'networks.mjs', [name, batch])
  const theirs = ask('/usr/bin/python3', 'networks.py', [name, batch])
  for (const [who, told] of [
    ['puregrad', ours],
    ['PyTorch', theirs],
  ]) {
    console.log(`| ${name}, ${batch} | ${who} | ${cells(told).join(' | ')} |`)
  }
}
