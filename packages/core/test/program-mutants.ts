/** JSON of programs, damaged: one place of it is changed in one of the ways in which files, hands and generators go wrong. */

/** Numbers in [0, 1) from a seed (mulberry32). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

type Json = unknown
type Place = readonly (string | number)[]

/** Every place in a value, containers included. */
export const places = (value: Json): readonly Place[] => {
  const found: Place[] = []
  const walk = (x: Json, at: Place): void => {
    if (typeof x !== 'object' || x === null) return
    for (const [key, child] of Object.entries(x)) {
      const place = [...at, Array.isArray(x) ? Number(key) : key]
      found.push(place)
      walk(child, place)
    }
  }
  walk(value, [])
  return found
}

const at = (value: Json, place: Place): Json =>
  place.reduce<Json>((x, key) => (x as Readonly<Record<string | number, Json>>)[key], value)

/** The values of one kind of field in many programs: what a field may be confused with. */
export interface Pool {
  readonly params: readonly Json[]
  readonly programs: readonly Json[]
}

const dtypes = ['float32', 'float64', 'int32', 'uint32', 'uint8', 'bool', 'float16']
const odd = [-1, 0, 1, 2, 3, 0.5, -0.5, 1.5, 1e308, -1e308, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 3e8, 1e-300]
const strange: readonly Json[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '1',
  '',
  null,
  true,
  false,
  [],
  {},
  undefined,
  -0,
]

/** A copy of `program` with one place changed. */
export const mutant = (program: Json, pool: Pool, random: () => number): Json => {
  const copy = structuredClone(program)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const place = pick(places(copy))
  const key = place[place.length - 1] as string | number
  const parent = at(copy, place.slice(0, -1)) as Record<string | number, Json>
  const value = parent[key]
  const replace = (x: Json): void => {
    parent[key] = structuredClone(x)
  }
  const siblings = Object.keys(parent)
  const ways: readonly (() => void)[] = [
    () => (Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key]),
    () => {
      const other = pick(siblings)
      ;[parent[key], parent[other]] = [parent[other], value]
    },
    () => (Array.isArray(parent) ? parent.splice(Number(key), 0, structuredClone(value)) : replace(pick(odd))),
    () => replace(typeof value === 'number' ? -value : pick(odd)),
    () => replace(typeof value === 'number' ? value + pick([0.5, 1, -1, 2, 1e-9]) : pick(strange)),
    () => replace(typeof value === 'number' ? String(value) : pick(odd)),
    () => replace(typeof value === 'boolean' ? !value : pick(odd)),
    () => replace(dtypes.includes(value as string) ? pick(dtypes) : pick(strange)),
    () => replace(key === 'params' ? pick(pool.params) : at(copy, pick(places(copy)))),
    () => replace(key === 'program' ? pick(pool.programs) : pick(odd)),
    () => {
      if (key === 'params') Object.assign(parent[key] as object, pick(pool.params))
      else replace(pick(dtypes))
    },
  ]
  pick(ways)()
  return copy
}
