/** What `late.ts` takes of Node, whose types the package does without. */
declare module 'node:module' {
  export const createRequire: (from: string) => (name: string) => unknown
}

interface ImportMeta {
  readonly url: string
}
