import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../base/index.ts'
import { formatInviteLink, parseInviteLink } from './invite-link.ts'

const peerId = '12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA'

/** Whatever parses can be written, unless it gets too long, and that reads the same. */
export const fuzz: FuzzTarget = {
  name: 'content/invite-link',
  seeds: [utf8(`peerage:invite/${'A'.repeat(22)}?o=${peerId}&p=/ip4/192.0.2.1/tcp/1/p2p/${peerId}`)],
  run(input) {
    try {
      const text = formatInviteLink(parseInviteLink(new TextDecoder().decode(input)))
      if (formatInviteLink(parseInviteLink(text)) !== text) throw new Error(`not stable: ${text}`)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
