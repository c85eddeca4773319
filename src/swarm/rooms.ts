/** Length of a room, in bytes: 64 KiB and what was one part too many for it. */
export const roomBytes: number = 65_536 + 16_384
const mostSpare = 64
const spare: Uint8Array<ArrayBuffer>[] = []

/**
 * Room for bytes on their way to a stream: used again, for a fresh one would be filled with zeros first and be garbage soon.
 * What is in it is left from before.
 */
export function takeRoom(): Uint8Array<ArrayBuffer> {
  return spare.pop() ?? new Uint8Array(roomBytes)
}

/** Its bytes have been sent. */
export function giveBackRoom(room: Uint8Array<ArrayBuffer>): void {
  if (spare.length < mostSpare) spare.push(room)
}
