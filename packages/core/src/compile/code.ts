/** What a program does, as a tree of calls, loops and branches whose addresses are not known yet (`address.ts`). */

export type Code =
  /** A kernel by its exported name, or a function of the module by its number. */
  | { readonly kind: 'call'; readonly target: string | number; readonly args: readonly number[] }
  /** Copies bytes; the ranges do not overlap unless they are the same. */
  | { readonly kind: 'copy'; readonly from: number; readonly to: number; readonly bytes: number }
  /** Writes an address to a cell of the pointer table. */
  | { readonly kind: 'point'; readonly cell: number; readonly to: number }
  /** Exchanges the addresses in two cells. */
  | { readonly kind: 'swap'; readonly cells: readonly [number, number] }
  | { readonly kind: 'repeat'; readonly count: number; readonly body: readonly Code[] }
  /** Runs `test`, then `body` if the byte at `flag` is not 0, and again. */
  | { readonly kind: 'while'; readonly test: readonly Code[]; readonly flag: number; readonly body: readonly Code[] }
  /** Runs the branch whose number is the int32 at `index`; the last one for numbers beyond. */
  | { readonly kind: 'branch'; readonly index: number; readonly branches: readonly (readonly Code[])[] }
  /** Runs all chunks, in any order, on any threads. They hold no other forks, and no cell of one is another's. */
  | { readonly kind: 'fork'; readonly chunks: readonly (readonly Code[])[] }
