/** Texts as bytes. */

// What pages, workers and Node have; a library of types for all of them there is none.
declare const TextEncoder: new () => { readonly encode: (text: string) => Uint8Array }
declare const TextDecoder: new (
  label: string,
  options: { readonly ignoreBOM: boolean },
) => { readonly decode: (bytes: Uint8Array) => string }

/** The bytes of a text in UTF-8. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text)
/** The text of bytes in UTF-8; a byte order mark is a character like others. */
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes)

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bytes as characters that can be seen, as files of GPT-2 write them: those of Latin-1 that print are themselves, others follow from 256 on. */
const prints = (byte: number): boolean =>
  (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255)

const hidden = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !prints(byte))

/** The character of each byte. */
export const byteCharacters: readonly string[] = Object.freeze(
  Array.from({ length: 256 }, (_, byte) => String.fromCharCode(prints(byte) ? byte : 256 + hidden.indexOf(byte))),
)
