import { z } from '../base/index.ts'
import { maxPetnameLength } from './petname.ts'
import type { Trust } from './standing.ts'

/** A person that the user has met. */
export interface Contact {
  /** PeerId of the person's main key. */
  readonly peer: string
  readonly name: string
  readonly note?: string | undefined
  readonly trust: Trust
  /** Milliseconds since the Unix epoch; the time when it was last connected is absent until then. */
  readonly addedAt: number
  readonly seenAt?: number | undefined
  /** Multiaddrs without the peer's id, the best first. */
  readonly addresses: readonly string[]
}

/** Bounds of what is kept of one contact. */
export const contactLimits: Readonly<
  Record<'nameLength' | 'noteLength' | 'addresses' | 'addressLength', number>
> = { nameLength: maxPetnameLength, noteLength: 2000, addresses: 8, addressLength: 256 }

export const trustSchema: z.ZodType<Trust> = z.enum(['blocked', 'known', 'verified'])

const stored: z.ZodType<Omit<Contact, 'peer'>> = z.object({
  name: z
    .string()
    .min(1)
    .max(contactLimits.nameLength * 2),
  note: z.string().max(contactLimits.noteLength).optional(),
  trust: trustSchema,
  addedAt: z.number(),
  seenAt: z.number().optional(),
  addresses: z.array(z.string().max(contactLimits.addressLength)).max(contactLimits.addresses),
})

/** As JSON. */
export function storeContact({ peer: _, ...contact }: Contact): unknown {
  return contact
}

/** A damaged record may be of somebody whom the user blocked, so it is one who is blocked. */
export function restoreContact(peer: string, value: unknown): Contact {
  const parsed = stored.safeParse(value)
  if (parsed.success) return { ...parsed.data, peer }
  return {
    peer,
    name: `damaged ${peer.slice(-6)}`,
    note: 'The record of this contact was damaged.',
    trust: 'blocked',
    addedAt: 0,
    addresses: [],
  }
}

/** At most 8 of these multiaddrs, each once, without the peer's id at the end; what cannot be one is left out. */
export function usableAddresses(addresses: readonly string[]): string[] {
  const usable = new Set<string>()
  for (const text of addresses.slice(0, contactLimits.addresses * 4)) {
    const address = text.replace(/\/p2p\/[A-Za-z0-9]+$/, '')
    if (/^(?:\/[!-.0-~]+)+$/.test(address) && address.length <= contactLimits.addressLength)
      usable.add(address)
    if (usable.size >= contactLimits.addresses) break
  }
  return [...usable]
}
