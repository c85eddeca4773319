import type { Random } from '../base/index.ts'

/** Peerage 0.1.0 in the style of Azureus (BEP 20). */
const prefix = '-PG0100-'

/** A peer id: who we are for one run, 20 bytes. */
export function makePeerId(random: Random): Uint8Array {
  const id = random.bytes(20)
  for (let i = 0; i < prefix.length; i++) id[i] = prefix.charCodeAt(i)
  return id
}
