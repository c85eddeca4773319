import type { Role } from '../../access/index.ts'
import type { InviteOffer } from '../../wire/index.ts'
import type { FetchProgress } from './host.ts'

/** Something that is offered, before it is fetched. Hostile text. */
export type OfferRow = Omit<InviteOffer, 'link'>

export type Missed = { readonly phase: 'missed'; readonly peer: string; readonly triesLeft: number }

/** How an invite comes about and what becomes of it; the last one is `ready` or, for one that is waited for, how it ended. */
export type InviteUpdate =
  | {
      readonly phase: 'ready'
      readonly id: string
      readonly link?: string | undefined
      readonly code?: string | undefined
      readonly expires: number
    }
  | Missed
  | {
      readonly phase: 'taken'
      readonly peer: string
      readonly name: string
      readonly petname?: string | undefined
    }
  | { readonly phase: 'guessed' | 'expired' | 'failed' }

/** How an invite is taken; the last one says what it gave. */
export type AcceptUpdate =
  | { readonly phase: 'finding' }
  | {
      readonly phase: 'accepted'
      readonly kind: 'contact' | 'circle' | 'share'
      readonly peer: string
      /** What they are called here. */
      readonly name: string
      readonly circle?: { readonly id: string; readonly name: string; readonly role: Role } | undefined
      readonly links?: readonly (OfferRow & { readonly link: string })[] | undefined
    }

/** How files are sent; the last one says how it ended. */
export type SendUpdate =
  | ({ readonly phase: 'hashing' } & Omit<FetchProgress, 'state' | 'path'>)
  | {
      readonly phase: 'waiting'
      readonly id: string
      readonly code: string
      readonly expires: number
      readonly offers: readonly OfferRow[]
    }
  | Missed
  | { readonly phase: 'taken'; readonly peer: string; readonly name: string }
  | { readonly phase: 'sending'; readonly name: string; readonly bytes: number; readonly totalBytes: number }
  /** The receiver went away; it may go on while this peer runs. */
  | { readonly phase: 'lost' }
  | { readonly phase: 'received' | 'declined' | 'failed' | 'guessed' | 'expired' }

/** How files are received. After `offered` it waits for `answer`, unless `yes` was said before. */
export type ReceiveUpdate =
  | { readonly phase: 'finding' }
  | {
      readonly phase: 'offered'
      /** For `answer`; not there when none is needed. */
      readonly offer?: string | undefined
      readonly peer: string
      /** What the sender is called by itself. */
      readonly name: string
      /** What the sender is called here, if it is a contact. */
      readonly contact?: string | undefined
      /** 12 words by which its key can be compared. */
      readonly fingerprint: readonly string[]
      readonly offers: readonly OfferRow[]
      readonly isPassedOn: boolean
    }
  | ({ readonly phase: 'fetching' } & Omit<FetchProgress, 'state'>)
  | { readonly phase: 'received'; readonly paths: readonly string[]; readonly bytes: number }
  | { readonly phase: 'declined' }
