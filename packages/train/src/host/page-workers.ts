import type { Workers } from './worker.js'

interface PageWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onerror: ((event: { readonly preventDefault?: () => void }) => void) | null
  readonly postMessage: (message: unknown, handedOver: readonly ArrayBufferLike[]) => void
  readonly terminate: () => void
}
declare const Worker: new (url: string) => PageWorker
declare const navigator: { readonly hardwareConcurrency?: number } | undefined

const answering = `
onmessage = ({ data }) => { for (const answer of program.answersTo(data)) postMessage(...answer) }`

/** Web Workers. */
export const pageWorkers: Workers = {
  cores: () => (typeof navigator === 'undefined' ? 1 : (navigator.hardwareConcurrency ?? 1)),
  start: (program, { onAnswer, onLost }) => {
    const url = URL.createObjectURL(new Blob([program, answering], { type: 'text/javascript' }))
    const worker = new Worker(url)
    worker.onmessage = ({ data }) => {
      URL.revokeObjectURL(url)
      onAnswer(data)
    }
    worker.onerror = (event) => {
      URL.revokeObjectURL(url)
      event.preventDefault?.()
      onLost()
    }
    return {
      post: (message, handedOver) => worker.postMessage(message, handedOver),
      // A page ends when it is left.
      hold: () => {},
      end: () => worker.terminate(),
    }
  },
}
