/**
 * Kernel memory as a cache of tensors: large ones stay in it, above all arenas, for as long as there is room; an array of theirs
 * is made when somebody reads them, or when they have to go. Who dies gives their room back when finalizers run. They do not
 * run inside a synchronous loop: there a budget keeps memory bounded, and those used longest ago go first.
 */
import { bytesOf, type DType, type TypedArray } from '../dtype.js'
import { DonatedTensorError } from '../errors.js'
import { Storage } from '../tensor.js'
import { align } from './align.js'
import { type Collector, makeCollector } from './collector.js'
import { Heap } from './heap.js'
import { checkFits, copyIn, copyOut, heapBase, reserve } from './memory.js'

/** Smaller tensors are copied in and out: that takes less time than keeping track of them. */
const smallestBytes = 2 ** 17
const mebibyte = 2 ** 20
/** Room below the residents for arenas and scratch, before any program has asked for more. */
const firstArena = 8 * mebibyte
const arenaHeadroom = 1.25

let budget = 128 * mebibyte

/** Sets how many bytes may stay in kernel memory; returns what it was. For tests. */
export const setBudget = (bytes: number): number => {
  const before = budget
  budget = bytes
  return before
}

/** `true` for tensors that stay in kernel memory. */
export const resides = (bytes: number): boolean => bytes >= smallestBytes

/**
 * Where the numbers of one storage are. Its region holds on to it, so it must not lead to the storage: then nobody would die.
 * (A WeakRef to the storage would not do: what it was asked for lives to the end of a synchronous loop.)
 */
interface Cell {
  readonly dtype: DType
  readonly length: number
  region: Region | null
  array: TypedArray | null
}

interface Region {
  readonly start: number
  readonly bytes: number
  /** Whose numbers are here; null for scratch, and once they are gone: finalizers that have not run yet hold on to regions. */
  cell: Cell | null
  /** Tells whether the storage lives, where a collector makes it tell in time. */
  readonly storage: WeakRef<Resident> | null
  /** In use by the operation that runs. */
  pinned: boolean
}

/** All regions, those used longest ago first. */
const regions = new Set<Region>()
let pinned: Region[] = []
let used = 0
let heap: Heap | undefined
/** Residents live from here up. */
let zone = 0
/** Where the arena or the scratch of the operation that runs ends. */
let floor = 0

let made: Collector | null | undefined
const collector = (): Collector | null => {
  if (made === undefined) made = makeCollector()
  return made
}

const finalizers = new FinalizationRegistry<Region>((region) => free(region))

const free = (region: Region): void => {
  if (!regions.delete(region)) return
  region.cell = null
  used -= region.bytes
  heap?.give(region.start, region.bytes)
}

/** Moves what is in the region into an array. */
const evict = (region: Region): void => {
  if (region.cell !== null) {
    arrayOf(region.cell)
    region.cell.region = null
  }
  free(region)
}

const evictUnpinned = (): void => {
  for (const region of regions) if (!region.pinned) evict(region)
}

const arrayOf = (cell: Cell): TypedArray => {
  cell.array ??= copyOut(cell.dtype, (cell.region as Region).start, cell.length)
  return cell.array
}

/** What tensors hold of their numbers. */
class Resident extends Storage {
  private donated: string | null = null

  constructor(readonly cell: Cell) {
    super()
  }

  get length(): number {
    return this.cell.length
  }
  override array(): TypedArray {
    if (this.donated !== null) throw new DonatedTensorError(this.donated)
    return arrayOf(this.cell)
  }
  override hasArray(): boolean {
    return this.cell.array !== null
  }
  override donate(message: string): void {
    if (this.cell.region !== null) free(this.cell.region)
    this.cell.region = null
    this.cell.array = null
    this.donated = message
  }
  /** Comes into kernel memory, if it is not there; gives its address, which holds until `unpin`. */
  enter(): number {
    const { region } = this.cell
    if (region === null) {
      const array = this.array()
      const pointer = this.settle()
      copyIn(this.cell.dtype, array, pointer)
      return pointer
    }
    // Used now, so others go before it.
    regions.delete(region)
    regions.add(region)
    hold(region)
    return region.start
  }
  /** Drops the array, if the numbers are in kernel memory. */
  dropArray(): void {
    if (this.cell.region !== null) this.cell.array = null
  }
  /** Takes the room of another, which is empty from now on. */
  succeed(other: Resident): void {
    const before = other.cell.region as Region
    const region = regionOf(before.start, before.bytes, this)
    // The finalizer of the other one finds nothing to free.
    regions.delete(before)
    before.cell = null
    other.cell.region = null
    other.cell.array = null
    regions.add(region)
    hold(region)
    this.cell.region = region
    finalizers.register(this, region)
  }
  /** Takes room in kernel memory, at the address that it gives. */
  settle(): number {
    const region = take(this.cell.length * bytesOf(this.cell.dtype), this)
    this.cell.region = region
    finalizers.register(this, region)
    return region.start
  }
}

const resident = (dtype: DType, length: number, array: TypedArray | null): Resident =>
  new Resident({ dtype, length, region: null, array })

const hold = (region: Region): void => {
  if (region.pinned) return
  region.pinned = true
  pinned.push(region)
}

const take = (bytes: number, owner: Resident | null): Region => {
  const size = align(bytes)
  // What never fits drives nobody out.
  checkFits(heapBase() + size)
  makeRoom(size)
  const region = regionOf(place(size), size, owner)
  regions.add(region)
  used += size
  hold(region)
  return region
}

const regionOf = (start: number, bytes: number, owner: Resident | null): Region => ({
  start,
  bytes,
  cell: owner?.cell ?? null,
  storage: owner === null || collector() === null ? null : new WeakRef(owner),
  pinned: false,
})

/** Frees what belongs to the dead, as far as that is known by now. */
const sweep = (): void => {
  const waiting = collector()
  if (waiting === null) return
  for (const region of regions) if (!region.pinned && region.storage?.deref() === undefined) free(region)
  waiting.release()
}

/** Bytes that are copied out in a millisecond, roughly: a collection that takes longer than copying does not pay. */
const copiedPerMillisecond = 4 * mebibyte
/** A collection that frees less than this part of what was asked of it is not tried again for a while. */
const worthwhile = 0.25
const forgetting = 0.8
let collectionCost = 0
let patience = 0
let failures = 0

/**
 * Memory that was never touched costs more than a collection that makes it unnecessary: a page takes microseconds to come into
 * being. So the dead are looked for after so many new bytes.
 */
const newBytesPerCollection = 16 * mebibyte
let newBytes = 0

/** Keeps to the budget: the dead go first, then those used longest ago. */
const makeRoom = (bytes: number): void => {
  const grows = heap !== undefined && !heap.hasGap(bytes)
  if (grows) newBytes += bytes
  const full = used + bytes > budget
  if (!full && newBytes < newBytesPerCollection) return
  newBytes = 0
  sweep()
  const enough = used + bytes <= budget && (!grows || heap?.hasGap(bytes) === true)
  if (!enough && patience-- <= 0) {
    if (collectionCost * copiedPerMillisecond < budget) collectGarbage()
    // One that took long may have been held up: it gets another chance.
    else collectionCost *= forgetting
  }
  for (const region of regions) {
    if (used + bytes <= budget) return
    if (!region.pinned) evict(region)
  }
}

const collectGarbage = (): void => {
  const waiting = collector()
  if (waiting === null) return
  const before = used
  collectionCost = waiting.collect()
  sweep()
  failures = before - used < before * worthwhile ? Math.min(failures + 1, 10) : 0
  patience = failures === 0 ? 0 : 2 ** failures
}

/**
 * Room for so many bytes; if memory cannot grow any more, everything that can goes, and room that only larger arenas needed is
 * taken. @throws OutOfMemoryError, with the heap as it was
 */
const place = (bytes: number): number => {
  heap ??= newHeap(heapBase() + firstArena)
  try {
    return placeIn(heap, bytes)
  } catch {
    evictUnpinned()
    const lowest = zoneFrom(Math.max(floor, heapBase() + firstArena))
    if (lowest < zone) {
      heap.give(lowest, zone - lowest)
      zone = lowest
    }
    return placeIn(heap, bytes)
  }
}

const placeIn = (space: Heap, bytes: number): number => {
  const start = space.take(bytes, reserve)
  try {
    // Memory may end within a gap where only an arena has been.
    reserve(start + bytes)
    return start
  } catch (error) {
    space.give(start, bytes)
    throw error
  }
}

const zoneFrom = (start: number): number => Math.ceil(start / mebibyte) * mebibyte

const newHeap = (start: number): Heap => {
  zone = zoneFrom(start)
  return new Heap(zone)
}

/** Begins an operation that works in memory up to `end`: nothing is pinned, residents that are in its way go. @throws OutOfMemoryError */
export const reserveArena = (end: number): void => {
  beginOperation(end)
  reserve(end)
  if (heap === undefined) heap = newHeap(Math.max(end, heapBase() + firstArena))
  else if (end > zone) {
    evictUnpinned()
    heap = newHeap(heapBase() + (end - heapBase()) * arenaHeadroom)
  }
}

/** Begins an operation whose own memory ends at `end`. One that was cut short, as by a full call stack, may not have ended. */
export const beginOperation = (end: number): void => {
  if (pinned.length > 0) unpin()
  floor = end
}

/** Scratch for the operation that runs: right at `top` if that leaves residents alone, else among them. */
export const takeScratch = (top: number, bytes: number): { readonly pointer: number; readonly top: number } => {
  const end = top + align(bytes)
  if (end <= (heap === undefined ? heapBase() + firstArena : zone)) {
    reserve(end)
    floor = Math.max(floor, end)
    return { pointer: top, top: end }
  }
  return { pointer: take(bytes, null).start, top }
}

/** The address of a storage's numbers in kernel memory, where they stay until `unpin`, and the storage that knows about it. */
export const enter = (
  dtype: DType,
  storage: TypedArray | Storage,
): { readonly pointer: number; readonly storage: Storage } => {
  const entered =
    storage instanceof Resident
      ? storage
      : resident(dtype, storage.length, storage instanceof Storage ? storage.array() : storage)
  return { pointer: entered.enter(), storage: entered }
}

/** Room for a result, at `pointer` until `unpin`. */
export const settle = (dtype: DType, length: number): { readonly pointer: number; readonly storage: Storage } => {
  const storage = resident(dtype, length, null)
  return { pointer: storage.settle(), storage }
}

/** Drops the array of numbers that are in kernel memory. */
export const keepInKernels = (storage: Storage): void => {
  if (storage instanceof Resident) storage.dropArray()
}

/** The storage of a result in the place of an operand that is given up: the operand's holds nothing any more. */
export const inherit = (dtype: DType, length: number, from: Storage): Storage => {
  const storage = resident(dtype, length, null)
  storage.succeed(from as Resident)
  return storage
}

/** Room that a failed operation was to fill is free again. */
export const discard = (results: readonly (Storage | null)[]): void => {
  for (const storage of results)
    storage?.donate('what was to be here is not: the operation that was to make it, or to replace it, failed')
}

/** The operation is over: its operands and results may go when room is needed, its scratch is free. */
export const unpin = (): void => {
  if (pinned.length === 0) return
  const held = pinned
  pinned = []
  for (const region of held) {
    region.pinned = false
    if (region.cell === null) free(region)
  }
}

/** Bytes that stay in kernel memory now. */
export const residentBytes = (): number => used
