/** Bytes of one write: enough to keep the system calls few, little enough to stay in the processor's cache. */
export const outboxBytes: number = 256 * 1024

const spare: Uint8Array[] = []
const maxSpare = 8

/** A buffer to assemble a write in; connections that are idle hold none. */
export function takeOutbox(): Uint8Array {
  return spare.pop() ?? new Uint8Array(outboxBytes)
}

export function giveOutbox(buffer: Uint8Array): void {
  if (spare.length < maxSpare) spare.push(buffer)
}
