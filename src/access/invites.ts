import { equalBytes, fromBase64url, PeerageError, toBase64url, toHex, type World, z } from '../base/index.ts'
import type { AccessConfig } from './config.ts'
import { type InviteCode, makeInviteCode } from './invite-code.ts'
import { type InviteSecret, secretOfCode, secretOfLink } from './invite-exchange.ts'
import type { KeyValue } from './records.ts'
import type { Role } from './standing.ts'
import { TrustedClock } from './trusted-clock.ts'

/** What whoever takes an invite gets. Both become contacts, but by `files`. */
export type InviteGrant =
  | { readonly kind: 'contact' }
  /** `circle` is its id: 64 hex digits. */
  | { readonly kind: 'circle'; readonly circle: string; readonly role: Role }
  /** `contents` are info hashes in hex. */
  | { readonly kind: 'share' | 'files'; readonly contents: readonly string[] }

export interface NewInvite {
  readonly gives: InviteGrant
  /** Milliseconds since the Unix epoch. */
  readonly expires: number
  /** The petname for whoever takes it; else the one that they suggest. */
  readonly petname?: string | undefined
}

/** Why an invite cannot be taken any more: by whom it was, wrong tries, the user, time. */
export type InviteEnd = 'used' | 'guessed' | 'withdrawn' | 'expired'

/** An invite of this peer, as its user sees it. */
export interface Invite extends NewInvite {
  /** 8 hex digits. */
  readonly id: string
  readonly by: 'link' | 'code'
  readonly created: number
  readonly ended?: InviteEnd
  /** PeerId of who took it. */
  readonly usedBy?: string
  /** What it is for was sent to whoever took it. Absent of one that is used: it is being sent, or could not be, or this peer was ended. */
  readonly given?: true
}

interface Kept extends Invite {
  /** Undefined once it has ended. */
  secret: InviteSecret | undefined
  failures: number
}

interface StoredInvite {
  gives: InviteGrant
  expires: number
  petname?: string | undefined
  created: number
  secret?: string | undefined
  ended?: InviteEnd | undefined
  usedBy?: string | undefined
  given?: true | undefined
}

const contents = z
  .array(z.string().regex(/^[0-9a-f]{40,64}$/))
  .min(1)
  .max(64)
const grant: z.ZodType<InviteGrant> = z.union([
  z.object({ kind: z.literal('contact') }),
  z.object({
    kind: z.literal('circle'),
    circle: z.string().regex(/^[0-9a-f]{64}$/),
    role: z.enum(['admin', 'member', 'guest']),
  }),
  z.object({ kind: z.enum(['share', 'files']), contents }),
])
const storedInvite: z.ZodType<StoredInvite> = z.object({
  gives: grant,
  expires: z.number(),
  petname: z.string().max(128).optional(),
  created: z.number(),
  secret: z.string().length(22).optional(),
  ended: z.enum(['used', 'guessed', 'withdrawn', 'expired']).optional(),
  usedBy: z.string().max(128).optional(),
  given: z.literal(true).optional(),
})

const kind = 'access.invite'
/** Wrong tries that end a spoken invite, whoever made them: a guesser has a chance of 3 in 65,536. */
export const maxInviteGuesses = 3
/** How long an ended invite is still listed. */
const rememberedMs = 30 * 86_400_000

/**
 * The invites that this peer has given out. Each is good for one peer, once. Those by link are kept over restarts; spoken ones live
 * as long as whoever gave them out waits.
 */
export class Invites {
  readonly #world: World
  readonly #state: KeyValue
  readonly #maxInvites: number
  readonly #clock: TrustedClock
  readonly #all = new Map<string, Kept>()

  constructor(world: World, state: KeyValue, { maxInvites }: Pick<AccessConfig, 'maxInvites'>) {
    this.#world = world
    this.#state = state
    this.#maxInvites = maxInvites
    this.#clock = new TrustedClock(world)
    for (const [id, value] of [...state.entries(kind)]) this.#restore(id, value)
  }

  /** Makes an invite by link; gives its 16 secret bytes, too. Throws `access.limit`, and what `state` throws. */
  byLink(wanted: NewInvite): { invite: Invite; secret: Uint8Array } {
    const secret = this.#world.random.bytes(16)
    const kept = this.#make(wanted, 'link', secretOfLink(secret))
    this.#store(kept, secret)
    this.#all.set(kept.id, kept)
    return { invite: view(kept, this.#clock.now()), secret }
  }

  /** Makes a spoken invite. Throws `access.limit`. */
  byCode(wanted: NewInvite): { invite: Invite; code: InviteCode } {
    const taken = (number: number): boolean =>
      this.find(secretOfCode({ number, words: '' }).meeting) !== undefined
    const code = makeInviteCode(this.#world, taken)
    const kept = this.#make(wanted, 'code', secretOfCode(code))
    this.#all.set(kept.id, kept)
    return { invite: view(kept, this.#clock.now()), code }
  }

  /** Newest first. */
  list(): Invite[] {
    const now = this.#clock.now()
    return [...this.#all.values()].map(one => view(one, now)).sort((a, b) => b.created - a.created)
  }

  /** Takes an invite back. False when there is none with that id (or that begins so) that could still be taken. */
  withdraw(id: string): boolean {
    const found = [...this.#all.values()].filter(one => one.id.startsWith(id) && this.#isOpen(one))
    const [only] = found
    if (only === undefined || found.length > 1 || id === '') return false
    this.#end(only, 'withdrawn')
    return true
  }

  /** The invite that is meant by a meeting, while it can be taken. */
  find(meeting: Uint8Array): { id: string; secret: InviteSecret } | undefined {
    for (const one of this.#all.values())
      if (this.#isOpen(one) && one.secret !== undefined && equalBytes(one.secret.meeting, meeting))
        return { id: one.id, secret: one.secret }
    return undefined
  }

  /** Whether it can still be taken. */
  isOpen(id: string): boolean {
    const one = this.#all.get(id)
    return one !== undefined && this.#isOpen(one)
  }

  get(id: string): Invite | undefined {
    const one = this.#all.get(id)
    return one && view(one, this.#clock.now())
  }

  /** How many wrong tries there were. */
  failures(id: string): number {
    return this.#all.get(id)?.failures ?? 0
  }

  /** Notes a wrong try. True when that was one too many, and the invite has ended. A link cannot be guessed, so nothing ends it. */
  failed(id: string): boolean {
    const one = this.#all.get(id)
    if (one === undefined || one.by === 'link' || !this.#isOpen(one)) return false
    one.failures++
    if (one.failures < maxInviteGuesses) return false
    this.#end(one, 'guessed')
    return true
  }

  /**
   * Uses an invite up, for `peer`: in one durable write, before anything is given. Undefined when somebody was faster, or it ended in
   * another way. What is thrown by `state` leaves it as it was.
   */
  take(id: string, peer: string): Invite | undefined {
    const one = this.#all.get(id)
    if (one === undefined || !this.#isOpen(one)) return undefined
    this.#end(one, 'used', peer)
    return view(this.#all.get(id)!, this.#clock.now())
  }

  /** Notes that what a used invite is for was sent. Throws what `state` throws. */
  given(id: string): void {
    const one = this.#all.get(id)
    if (one?.ended !== 'used') return
    const over: Kept = { ...one, given: true }
    if (one.by === 'link') this.#store(over, undefined)
    this.#all.set(id, over)
  }

  /** Forgets a spoken invite that nobody waits for any more. False when there is none. */
  forget(id: string): boolean {
    return this.#all.get(id)?.by === 'code' && this.#all.delete(id)
  }

  #make(wanted: NewInvite, by: Invite['by'], secret: InviteSecret): Kept {
    this.#makeRoom()
    const id = toHex(this.#world.random.bytes(4))
    return { ...wanted, id, by, secret, created: Math.floor(this.#clock.now()), failures: 0 }
  }

  #makeRoom(): void {
    for (const one of this.#all.values()) {
      if (this.#all.size < this.#maxInvites) return
      if (!this.#isOpen(one)) this.#remove(one)
    }
    if (this.#all.size >= this.#maxInvites)
      throw new PeerageError('access.limit', `There are ${this.#maxInvites} open invites already.`)
  }

  #isOpen(one: Kept): boolean {
    return one.ended === undefined && one.expires > this.#clock.now()
  }

  /** The write comes first: when it fails, nothing has ended. The secret is gone with it. */
  #end(one: Kept, ended: InviteEnd, usedBy?: string): void {
    const over: Kept = { ...one, ended, secret: undefined, ...(usedBy !== undefined && { usedBy }) }
    if (one.by === 'link') this.#store(over, undefined)
    this.#all.set(one.id, over)
  }

  #store(
    { id, gives, expires, petname, created, ended, usedBy, given }: Kept,
    secret: Uint8Array | undefined,
  ): void {
    const stored: StoredInvite = {
      gives,
      expires,
      petname,
      created,
      ended,
      usedBy,
      given,
      secret: secret && toBase64url(secret),
    }
    this.#state.put(kind, id, stored)
  }

  #remove({ id, by }: Kept): void {
    if (by === 'link') this.#state.delete(kind, id)
    this.#all.delete(id)
  }

  /** What is damaged invites nobody. */
  #restore(id: string, value: unknown): void {
    const stored = storedInvite.safeParse(value)
    const isOld = stored.success && stored.data.expires < this.#clock.now() - rememberedMs
    if (isOld) this.#state.delete(kind, id)
    if (!stored.success || isOld) return
    const { secret, ended, usedBy, given, ...wanted } = stored.data
    if (secret === undefined && ended === undefined) return
    this.#all.set(id, {
      ...wanted,
      id,
      by: 'link',
      failures: 0,
      secret: secret === undefined || ended !== undefined ? undefined : secretOfLink(fromBase64url(secret)),
      ...(ended !== undefined && { ended }),
      ...(usedBy !== undefined && { usedBy }),
      ...(given !== undefined && { given }),
    })
  }
}

function view({ secret: _, failures: __, ...invite }: Kept, now: number): Invite {
  return invite.ended === undefined && invite.expires <= now ? { ...invite, ended: 'expired' } : invite
}
