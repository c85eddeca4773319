import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concat, hmacSha256, sha256, utf8, type World } from '../base/index.ts'
import { CPace, type CPaceKey } from './cpace.ts'
import type { InviteCode } from './invite-code.ts'
import { equalSecretly } from './proof.ts'

const tagBytes = 16
const context = utf8('peerage invite 1')

/** What the two ends of an invite know: where to meet, which others may see, and what nobody else knows. */
export interface InviteSecret {
  /** The digits of a spoken number, or 16 bytes. */
  readonly meeting: Uint8Array
  readonly password: Uint8Array
}

export function secretOfCode({ number, words }: InviteCode): InviteSecret {
  return { meeting: utf8(String(number)), password: utf8(words) }
}

/** Of the 16 random bytes in a link. From where to meet they cannot be found out. */
export function secretOfLink(secret: Uint8Array): InviteSecret {
  return {
    meeting: sha256(concat([utf8('peerage invite meeting 1'), secret])).subarray(0, 16),
    password: secret,
  }
}

/** The other side's first message. */
export interface ExchangeMessage {
  readonly share: Uint8Array
  /** PeerId. */
  readonly peer: string
}

/** What both sides have when they knew the same secret, and saw each other under the same names. */
export interface ExchangeKey {
  /** Shows the other side that this one has the key; 64 bytes. */
  readonly tag: Uint8Array
  readonly sealed: SealedChannel
  /** Whether the other side's tag is right. Until then nobody has proven anything. */
  confirms(tag: Uint8Array): boolean
}

/**
 * One side of the key exchange of an invite: CPace over the secret and both PeerIds. Somebody in the middle who changes a PeerId has
 * to guess the secret, like everybody else, and has one try.
 */
export class InviteExchange {
  readonly share: Uint8Array
  readonly #run: CPace

  constructor(world: World, { meeting, password }: InviteSecret, self: string) {
    const channel = concat([context, meeting])
    this.#run = new CPace(world, { password, channel, session: new Uint8Array(0) }, utf8(self))
    this.share = this.#run.own.share
  }

  /** As the one that takes the invite. Undefined: the other's share is none. */
  initiate(theirs: ExchangeMessage): ExchangeKey | undefined {
    const key = this.#run.initiate({ share: theirs.share, data: utf8(theirs.peer) })
    return key && keyOf(key, 'initiator')
  }

  /** As the one that gave the invite out. */
  respond(theirs: ExchangeMessage): ExchangeKey | undefined {
    const key = this.#run.respond({ share: theirs.share, data: utf8(theirs.peer) })
    return key && keyOf(key, 'responder')
  }
}

type Side = 'initiator' | 'responder'

function keyOf({ key, initiatorTag, responderTag }: CPaceKey, side: Side): ExchangeKey {
  const [own, other] = side === 'initiator' ? [initiatorTag, responderTag] : [responderTag, initiatorTag]
  return {
    tag: own,
    sealed: new SealedChannel(key, side),
    confirms: tag => equalSecretly(other, tag),
  }
}

/**
 * Messages that only the other end of an exchange can read, each once and in order: AES-256-GCM, one key for each direction, the number
 * of the message as the nonce.
 */
export class SealedChannel {
  readonly #sendKey: Uint8Array
  readonly #receiveKey: Uint8Array
  #sent = 0
  #received = 0

  constructor(key: Uint8Array, side: Side) {
    const other = side === 'initiator' ? 'responder' : 'initiator'
    this.#sendKey = hmacSha256(key, utf8(`peerage invite ${side}`))
    this.#receiveKey = hmacSha256(key, utf8(`peerage invite ${other}`))
  }

  seal(message: Uint8Array): Uint8Array {
    const cipher = createCipheriv('aes-256-gcm', this.#sendKey, nonceOf(this.#sent++))
    return new Uint8Array(Buffer.concat([cipher.update(message), cipher.final(), cipher.getAuthTag()]))
  }

  /** Undefined when it is not the next message of the other side; then nothing more can be read. */
  open(sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length < tagBytes) return undefined
    const cipher = createDecipheriv('aes-256-gcm', this.#receiveKey, nonceOf(this.#received))
    cipher.setAuthTag(sealed.subarray(-tagBytes))
    try {
      const message = Buffer.concat([cipher.update(sealed.subarray(0, -tagBytes)), cipher.final()])
      this.#received++
      return new Uint8Array(message)
    } catch {
      return undefined
    }
  }
}

function nonceOf(count: number): Uint8Array {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setUint32(8, count)
  return nonce
}
