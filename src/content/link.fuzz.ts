import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError, utf8 } from '../base/index.ts'
import { formatLink, parseLink } from './link.ts'

const hash = 'a'.repeat(52)
const peerId = '12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA'

/** Whatever parses can be written, unless it gets too long, and that reads the same. */
export const fuzz: FuzzTarget = {
  name: 'content/link',
  seeds: [
    `peerage:${hash}?n=a%20b&s=${'A'.repeat(43)}&o=${peerId}&p=/ip4/192.0.2.1/tcp/1/p2p/${peerId}`,
    `magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}&xt=urn:btih:${'ab'.repeat(20)}&dn=a+b&tr=udp://a.example:1&ws=http://b.example/&x.pe=192.0.2.1:80&so=0,2-4&xt=urn:ipfs:bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy`,
    'ipfs://QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR/a%20b/c',
    'https://docs-ipfs-tech.ipns.dweb.link/a?b',
    '/ipns/k51qzi5uqu5dgkmm1afrkmex5mzpu5r774jstpxjmro6mdsaullur27nfxle1q/a',
  ].map(utf8),
  run(input) {
    try {
      const link = parseLink(new TextDecoder().decode(input))
      const text = formatLink(link)
      if (formatLink(parseLink(text)) !== text) throw new Error(`not stable: ${text}`)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  },
}
