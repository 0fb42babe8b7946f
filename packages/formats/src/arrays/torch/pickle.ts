/**
 * Python's pickle as data: a stack machine of which nothing is called but what its reader allows by name. Protocols up to 5, the binary
 * opcodes that pickles of dictionaries, lists, texts and numbers have (Python, pickletools.py).
 */
import { brief, damaged, type Refuse, strictUtf8 } from '../../bytes/decoding.js'

/** Something of Python's that a pickle names, such as `collections.OrderedDict`. */
export class Global {
  constructor(
    readonly name: string,
    /** What calling it gives; nothing else is known of it. */
    readonly call: ((args: readonly unknown[]) => unknown) | undefined,
  ) {}
}

/** What a pickle may name. */
export interface Allowed {
  /** The value of a global, perhaps a `Global` that may be called. @throws a refusal unless it is allowed */
  readonly global: (name: string) => unknown
  /** The value of a persistent id, which pickles have for what lies elsewhere. */
  readonly persistent: (id: unknown) => unknown
}

/** A value of a pickle, for messages: what it is, and a plain one itself. A list may hold itself, over and over. */
export const shown = (value: unknown): string => {
  if (value instanceof Global) return value.name.slice(0, 80)
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (value instanceof Map) return `a dictionary of ${value.size}`
  return typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : brief(String(value))
}

const mark = Symbol('mark')

/** Whole numbers of any length, least byte first, in two's complement: numbers where they are exact, else bigints. */
const wholeNumber = (bytes: Uint8Array): number | bigint => {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
  const signed = BigInt.asIntN(8 * bytes.length, value)
  const number = Number(signed)
  return Number.isSafeInteger(number) ? number : signed
}

/** More bytes than any number of a checkpoint has; shifting longer ones takes too long. */
const longestNumber = 64

/**
 * Reads one pickle. Lists, tuples and sets become arrays, dictionaries maps, bytes `Uint8Array`s.
 * @returns its value, and where its bytes end
 */
export const readPickle = (
  bytes: Uint8Array,
  start: number,
  allowed: Allowed,
  refuse: Refuse,
): readonly [value: unknown, end: number] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const memo = new Map<number, unknown>()
  const stack: unknown[] = []
  let at = start
  const broken = (found: string) => refuse('syntax', `a pickle, at byte ${at - 1}`, found, damaged)

  const taken = (count: number): number => {
    if (!(count <= bytes.length - at)) {
      throw refuse('truncated', `${count} more bytes of a pickle at byte ${at}`, `${bytes.length - at}`, damaged)
    }
    at += count
    return at - count
  }
  const uint8 = (): number => bytes[taken(1)] as number
  const uint16 = (): number => view.getUint16(taken(2), true)
  const uint32 = (): number => view.getUint32(taken(4), true)
  const uint64 = (): number => uint32() + 2 ** 32 * uint32()
  const part = (length: number): Uint8Array => {
    const from = taken(length)
    return bytes.subarray(from, from + length)
  }
  const text = (length: number): string => strictUtf8(part(length), 'texts of a pickle', refuse)
  const line = (): string => {
    const end = bytes.indexOf(0x0a, at)
    if (end < 0) throw broken('a line without end')
    const found = text(end - at)
    at += 1
    return found
  }
  const pop = (): unknown => {
    if (stack.length === 0 || stack.at(-1) === mark) throw broken('an empty stack')
    return stack.pop()
  }
  const top = (): unknown => {
    if (stack.length === 0 || stack.at(-1) === mark) throw broken('an empty stack')
    return stack.at(-1)
  }
  const popMark = (): unknown[] => {
    const from = stack.lastIndexOf(mark)
    if (from < 0) throw broken('no mark')
    const above = stack.splice(from + 1)
    stack.pop()
    return above
  }
  const listOf = (value: unknown): unknown[] => {
    if (Array.isArray(value)) return value
    throw broken(`something appended to ${shown(value)}`)
  }
  const dictionaryOf = (value: unknown): Map<unknown, unknown> => {
    if (value instanceof Map) return value
    throw broken(`an item set in ${shown(value)}`)
  }
  const setItems = (dictionary: Map<unknown, unknown>, items: readonly unknown[]): Map<unknown, unknown> => {
    if (items.length % 2 === 1) throw broken('a key without a value')
    for (let i = 0; i < items.length; i += 2) dictionary.set(items[i], items[i + 1])
    return dictionary
  }
  const remembered = (index: number): unknown => {
    if (!memo.has(index)) throw broken(`nothing remembered as ${index}`)
    return memo.get(index)
  }
  const called = (): unknown => {
    const args = listOf(pop())
    const callee = pop()
    if (callee instanceof Global && callee.call !== undefined) return callee.call(args)
    const what = callee instanceof Global ? `a call of ${callee.name}` : `a call of ${shown(callee)}`
    throw refuse('unsupported', 'tensors, dictionaries, lists and plain values', what, onlyTensors)
  }
  const tuple = (count: number): unknown[] => {
    const items = Array.from({ length: count }, pop)
    return items.reverse()
  }

  /** What an opcode does; true if it is the last one. */
  const perform = (code: number): boolean => {
    switch (code) {
      case 0x80: // PROTO
        if (uint8() > 5) throw broken('a protocol beyond 5')
        return false
      case 0x95: // FRAME
        uint64()
        return false
      case 0x2e: // STOP
        return true
      case 0x28: // MARK
        stack.push(mark)
        return false
      case 0x30: // POP
        pop()
        return false
      case 0x31: // POP_MARK
        popMark()
        return false
      case 0x32: // DUP
        stack.push(top())
        return false
      case 0x4e: // NONE
        stack.push(null)
        return false
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(code === 0x88)
        return false
      case 0x4b: // BININT1
        stack.push(uint8())
        return false
      case 0x4d: // BININT2
        stack.push(uint16())
        return false
      case 0x4a: // BININT
        stack.push(view.getInt32(taken(4), true))
        return false
      case 0x8a: {
        // LONG1
        const length = uint8()
        if (length > longestNumber) throw refuse('value', 'numbers of at most 64 bytes', `one of ${length}`, damaged)
        stack.push(wholeNumber(part(length)))
        return false
      }
      case 0x47: // BINFLOAT
        stack.push(view.getFloat64(taken(8), false))
        return false
      case 0x58: // BINUNICODE
        stack.push(text(uint32()))
        return false
      case 0x8c: // SHORT_BINUNICODE
        stack.push(text(uint8()))
        return false
      case 0x8d: // BINUNICODE8
        stack.push(text(uint64()))
        return false
      case 0x55: // SHORT_BINSTRING, text of Python 2
        stack.push(text(uint8()))
        return false
      case 0x54: // BINSTRING
        stack.push(text(uint32()))
        return false
      case 0x43: // SHORT_BINBYTES
        stack.push(new Uint8Array(part(uint8())))
        return false
      case 0x42: // BINBYTES
        stack.push(new Uint8Array(part(uint32())))
        return false
      case 0x8e: // BINBYTES8
        stack.push(new Uint8Array(part(uint64())))
        return false
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
      case 0x8f: // EMPTY_SET
        stack.push([])
        return false
      case 0x6c: // LIST
      case 0x74: // TUPLE
      case 0x91: {
        // FROZENSET
        const items = popMark()
        stack.push(items)
        return false
      }
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push(tuple(code - 0x84))
        return false
      case 0x7d: // EMPTY_DICT
        stack.push(new Map())
        return false
      case 0x64: {
        // DICT
        const items = popMark()
        stack.push(setItems(new Map(), items))
        return false
      }
      case 0x61: {
        // APPEND
        const item = pop()
        listOf(top()).push(item)
        return false
      }
      case 0x65: // APPENDS
      case 0x90: {
        // ADDITEMS
        const items = popMark()
        const list = listOf(top())
        for (const item of items) list.push(item)
        return false
      }
      case 0x73: {
        // SETITEM
        const items = tuple(2)
        setItems(dictionaryOf(top()), items)
        return false
      }
      case 0x75: {
        // SETITEMS
        const items = popMark()
        setItems(dictionaryOf(top()), items)
        return false
      }
      case 0x63: // GLOBAL
        stack.push(allowed.global(`${line()}.${line()}`))
        return false
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = tuple(2)
        if (typeof module !== 'string' || typeof name !== 'string') throw broken('a global without a name')
        stack.push(allowed.global(`${module}.${name}`))
        return false
      }
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        stack.push(called())
        return false
      case 0x62: {
        // BUILD: attributes of a dictionary, such as the versions that a state dict has, are none of its entries.
        pop()
        if (top() instanceof Map) return false
        throw refuse('unsupported', 'attributes of dictionaries only', `those of ${shown(top())}`, onlyTensors)
      }
      case 0x51: // BINPERSID
        stack.push(allowed.persistent(pop()))
        return false
      case 0x71: // BINPUT
        memo.set(uint8(), top())
        return false
      case 0x72: // LONG_BINPUT
        memo.set(uint32(), top())
        return false
      case 0x94: // MEMOIZE
        memo.set(memo.size, top())
        return false
      case 0x68: // BINGET
        stack.push(remembered(uint8()))
        return false
      case 0x6a: // LONG_BINGET
        stack.push(remembered(uint32()))
        return false
      default:
        throw refuse(
          'unsupported',
          `opcodes of tensors and plain values, at byte ${at - 1}`,
          `opcode ${code}`,
          onlyTensors,
        )
    }
  }
  while (!perform(uint8()));
  const value = pop()
  if (stack.length > 0) throw broken('a stack that is not empty at the end')
  return [value, at]
}

/** What to do about a file of which Python would have to run code. */
export const onlyTensors =
  'Nothing of a file is run here. Save tensors and plain values only, as in torch.save(model.state_dict(), path).'
