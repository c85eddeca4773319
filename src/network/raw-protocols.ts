import type { RawProtocol } from './raw-protocol.ts'

/** What libp2p connections begin with: multistream-select, length first. */
const multistream = '\x13/multistream/1.0.0\n'
/** No protocol needs more to be told apart, in bytes. */
const maxHeadBytes = 64

/** The protocols that share the TCP port with libp2p (docs/decisions/005-one-port.md). */
export class RawProtocols {
  readonly #claimed: RawProtocol[] = []
  readonly #onlyHidden: boolean

  /** `onlyHidden`: in a private network, whose connections begin with bytes by chance, and where nobody else is to be answered. */
  constructor(onlyHidden = false) {
    this.#onlyHidden = onlyHidden
  }

  get isEmpty(): boolean {
    return this.#claimed.length === 0
  }

  claim(protocol: RawProtocol): () => void {
    if (this.#onlyHidden && protocol.isHidden !== true) return () => {}
    this.#claimed.push(protocol)
    // The order stays among equals.
    this.#claimed.sort((a, b) => Number(a.takesRest ?? false) - Number(b.takesRest ?? false))
    return () => {
      const at = this.#claimed.indexOf(protocol)
      if (at >= 0) this.#claimed.splice(at, 1)
    }
  }

  /** Whose connection begins like this; undefined: more bytes are needed. What nobody claims is left to libp2p to refuse. */
  choose(head: Uint8Array): RawProtocol | 'libp2p' | undefined {
    if (this.isEmpty) return 'libp2p'
    const own = beginsLike(head, multistream)
    if (own === true) return 'libp2p'
    let undecided = own === undefined
    for (const protocol of this.#claimed) {
      const matches = protocol.matches(head)
      // Whoever was asked before goes first, also when it has to see more.
      if (matches === true && !undecided) return protocol
      undecided ||= matches === undefined
    }
    return undecided && head.length < maxHeadBytes ? undefined : 'libp2p'
  }
}

/** Undefined: so far, but it is not all there. */
function beginsLike(head: Uint8Array, text: string): boolean | undefined {
  for (let i = 0; i < Math.min(head.length, text.length); i++)
    if (head[i] !== text.charCodeAt(i)) return false
  return head.length >= text.length ? true : undefined
}
