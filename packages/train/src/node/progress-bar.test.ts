import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { progressBar } from './progress-bar.js'

const recorder = (isTTY: boolean) => {
  const chunks: string[] = []
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk))
      done()
    },
  })
  return { stream: Object.assign(stream, { isTTY, columns: 120 }), written: () => chunks.join('') }
}

/** Epochs of 10 steps on a clock that counts a second a step. */
const train = (isTTY: boolean, epochs: number) => {
  const { stream, written } = recorder(isTTY)
  let milliseconds = 0
  const progress = progressBar({ stream, now: () => milliseconds })
  for (let epoch = 1; epoch <= epochs; epoch++) {
    progress.begin(`Epoch ${epoch}/${epochs}`, 10)
    for (let done = 1; done <= 10; done++) {
      milliseconds += 1000
      progress.step(done, { loss: 1 / done })
    }
    progress.end({ loss: 0.1, accuracy: 0.9321 })
  }
  return written()
}

describe('progressBar', () => {
  it('writes one line for each epoch, and nothing else, where there is no terminal', () => {
    expect(train(false, 2)).toBe(
      'Epoch 1/2  loss 0.1000  accuracy 0.9321  (10 s, 1.0 steps/s)\n' +
        'Epoch 2/2  loss 0.1000  accuracy 0.9321  (10 s, 1.0 steps/s)\n',
    )
  })

  it('draws a bar on a terminal and puts the line in its place', () => {
    const text = train(true, 1)
    expect(text).toContain('Epoch 1/1 [')
    expect(text).toContain('0/10')
    expect(text).toMatch(/\[2KEpoch 1\/1 {2}loss 0\.1000 {2}accuracy 0\.9321 {2}\(10 s, 1\.0 steps\/s\)\n$/)
  })

  it('shows the rate, the time that remains and the metrics of the step', () => {
    const { stream, written } = recorder(true)
    let milliseconds = 0
    const progress = progressBar({ stream, now: () => milliseconds })
    progress.begin('Epoch 1/1', 200)
    milliseconds = 2000
    progress.step(50, { loss: 0.5 })
    progress.stop()
    expect(written()).toContain('50/200 · 25 steps/s · 6.0 s left  loss 0.5000')
  })

  it('takes the bar away when it is stopped in the middle, and gives the cursor back', () => {
    const { stream, written } = recorder(true)
    const progress = progressBar({ stream })
    progress.begin('Epoch 1/1', 10)
    progress.stop()
    expect(written().lastIndexOf('\x1b[?25h')).toBeGreaterThan(written().lastIndexOf('\x1b[?25l'))
    expect(written().endsWith('\x1b[2K')).toBe(true)
  })

  it('leaves Ctrl-C to the program', () => {
    const before = process.listenerCount('SIGINT')
    const progress = progressBar({ stream: recorder(true).stream })
    progress.begin('Epoch 1/1', 10)
    expect(process.listenerCount('SIGINT')).toBe(before)
    progress.stop()
  })
})
