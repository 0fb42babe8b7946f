/** A turn for everybody else. */

interface Port {
  readonly postMessage: (message: null) => void
  readonly close: () => void
  onmessage: (() => void) | null
}

/** What pages, workers and Node have, of which the language's own types know nothing. */
const { MessageChannel } = globalThis as unknown as {
  readonly MessageChannel: new () => { readonly port1: Port; readonly port2: Port }
}

/** Comes back when events that are waiting were answered. A message, since timers of pages are held back to 4 ms. */
export const pause = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
