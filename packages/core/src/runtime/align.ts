/** Buffers in kernel memory start at multiples of a vector's width. */
export const alignment = 16

export const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment
