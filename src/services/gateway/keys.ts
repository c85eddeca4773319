import type { CID } from 'multiformats/cid'
import { concat, equalBytes, fromHex, hmacSha256, toHex, utf8 } from '../../base/index.ts'
import { parametersOf } from './format.ts'
import type { GatewayRequest } from './place.ts'

/** The parameter and the cookie that carry the key of a private content. */
export const keyName = 'peerage-key'

/**
 * Keys for private content. The gateway answers every program and page of this computer, but a private share is for its user alone: whoever asks
 * for it shows a key that `peerage gateway url` gives out, good for one root and until the peer stops.
 */
export class GatewayKeys {
  readonly #secret: Uint8Array

  /** @param secret 32 random bytes */
  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  of(root: CID): string {
    return toHex(this.#bytesOf(root))
  }

  /**
   * Whether a request has the key of a root, and where: in the URL, in a cookie, in the header Authorization. A page of another origin cannot use a
   * cookie that the browser adds: all origins of the gateway are one site, so `SameSite` alone would not do.
   */
  shown({ url, headers }: GatewayRequest, root: CID): 'url' | 'header' | undefined {
    const site = headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return undefined
    if (this.#fits(parametersOf(url).get(keyName) ?? undefined, root)) return 'url'
    const bearer = /^Bearer ([0-9a-f]{64})$/i.exec(headers.authorization ?? '')?.[1]
    const cookies = [
      ...(headers.cookie ?? '').slice(0, 8_192).matchAll(/(?:^|;\s*)peerage-key=([0-9a-f]{64})/g),
    ]
    const given = [bearer, ...cookies.slice(0, 16).map(found => found[1])]
    return given.some(key => this.#fits(key, root)) ? 'header' : undefined
  }

  #fits(key: string | undefined, root: CID): boolean {
    if (key === undefined || !/^[0-9a-f]{64}$/i.test(key)) return false
    // Of two hashes: how long the comparison takes tells nothing of the key.
    const [one, other] = [fromHex(key), this.#bytesOf(root)].map(bytes => hmacSha256(this.#secret, bytes))
    return equalBytes(one!, other!)
  }

  #bytesOf(root: CID): Uint8Array {
    return hmacSha256(this.#secret, concat([utf8('gateway key\0'), root.multihash.bytes]))
  }
}
