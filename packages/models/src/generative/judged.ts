/** What a critic judges: images, or images beside what they are of. */
import type { Tensor } from '@puregrad/core'
import type { Conditioned } from '@puregrad/nn'

/** Images [batch, …], or { x: images, condition: classes [batch] or vectors [batch, size] }. */
export type Judged = Tensor | Conditioned

const isConditioned = (judged: unknown): judged is Conditioned =>
  typeof judged === 'object' && judged !== null && 'x' in judged && 'condition' in judged

export const imagesOf = (judged: Judged): Tensor => (isConditioned(judged) ? judged.x : judged)

/** The same with other images. */
export const withImages = <J extends Judged>(judged: J, x: Tensor): J =>
  (isConditioned(judged) ? { ...judged, x } : x) as J

/** Generated images as the critic takes them: beside what the generator was told, if it was, else beside what the real ones are of. */
export const pairedWith = <J extends Judged>(real: J, input: unknown, x: Tensor): J =>
  (isConditioned(real) ? { x, condition: isConditioned(input) ? input.condition : real.condition } : x) as J
