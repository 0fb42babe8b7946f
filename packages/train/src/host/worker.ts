/** A worker, of either kind that there is: a thread of Node's, or one of a page. */
export interface Worker {
  readonly post: (message: unknown, handedOver: readonly ArrayBufferLike[]) => void
  /** Whether the program may end while it is there: it may not while somebody waits for an answer. */
  readonly hold: (isAwaited: boolean) => void
  readonly end: () => void
}

/** What may come from a worker. */
export interface WorkerListener {
  readonly onAnswer: (answer: unknown) => void
  /** It failed or was ended by somebody else. */
  readonly onLost: () => void
}

/** Where workers are started. */
export interface Workers {
  /** How many compute at once on this machine. */
  readonly cores: () => number
  /**
   * Starts one that runs a program: a script that gives `program.answersTo`, a function of a message, and in Node of a function that
   * reads files, to its answers, one or more, each with what of it is handed over and not copied.
   * @throws whatever keeps workers from being started here
   */
  readonly start: (program: string, listener: WorkerListener) => Worker
}
