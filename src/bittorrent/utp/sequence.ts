/** Sequence numbers have 16 bits and begin anew after 65,535. */
export function advance(seq: number, by: number): number {
  return (seq + by) & 0xffff
}

/** How far `to` is ahead of `from`: -32,768 to 32,767. */
export function distance(from: number, to: number): number {
  return ((to - from) << 16) >> 16
}

/** Microseconds of a clock of 32 bits. */
export function microseconds(ms: number): number {
  return Math.floor((ms % 4_294_967.296) * 1000) >>> 0
}
