/** The checkpoints of a folder by their names: how they are called, and which of them stay. */

const namePattern = /^step-(\d+)\.ckpt$/

export const bestName = 'best.ckpt'

/** @example nameOf(30) // 'step-000000030.ckpt' */
export const nameOf = (step: number): string => `step-${String(step).padStart(9, '0')}.ckpt`

/** Whether a file of this name is one that saving in a folder writes. */
export const isOurs = (name: string): boolean => name === bestName || namePattern.test(name)

/** A path in a folder, for any host. */
export const inFolder = (folder: string, name: string): string =>
  folder === '' || folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`

/**
 * The checkpoints among these names, the earliest first.
 * @example stepsOf(['step-000000020.ckpt', 'log.csv', 'step-000000010.ckpt']).map(({ step }) => step) // [10, 20]
 */
export const stepsOf = (names: readonly string[]): readonly { readonly step: number; readonly name: string }[] =>
  names
    .flatMap((name) => {
      const [, step] = namePattern.exec(name) ?? []
      return Number.isSafeInteger(Number(step)) ? [{ step: Number(step), name }] : []
    })
    .sort((a, b) => a.step - b.step)

/**
 * Those that go when one of `step` was saved and `keep` stay: the oldest, and after going back to an earlier step what lies
 * ahead, which belongs to another future.
 * @example surplus(['step-000000010.ckpt', 'step-000000020.ckpt', 'step-000000090.ckpt'], 20, 1) // ['step-000000090.ckpt', 'step-000000010.ckpt']
 */
export const surplus = (names: readonly string[], step: number, keep: number): readonly string[] => {
  const all = stepsOf(names)
  const past = all.filter((one) => one.step <= step)
  const ahead = all.filter((one) => one.step > step)
  return [...ahead, ...past.slice(0, Math.max(0, past.length - keep))].map(({ name }) => name)
}
