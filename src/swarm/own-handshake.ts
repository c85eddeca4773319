import { addressBytes, encodeExtensionHandshake } from '../wire/index.ts'
import type { SwarmConfig } from './config.ts'
import type { Exchange } from './exchange.ts'
import { ownExtensions } from './extension-ids.ts'
import type { PeerState } from './peer-state.ts'
import type { PublicTerms } from './public-terms.ts'
import { leafBytes } from './request-depth.ts'

/** What we say to one peer in the handshake of BEP 10. */
export function ownHandshake(
  { isPublic, traits, masked, allowance }: PeerState,
  swarm: {
    readonly config: SwarmConfig
    readonly clientVersion: string
    readonly exchange: Exchange | undefined
    readonly publicTerms: PublicTerms | undefined
    ownAddress(family: 4 | 6): string | undefined
  },
): Uint8Array {
  const { config, clientVersion, exchange } = swarm
  const content = exchange?.port.content
  const terms = isPublic ? swarm.publicTerms : undefined
  const [ipv4, ipv6] = [swarm.ownAddress(4), swarm.ownAddress(6)]
  return encodeExtensionHandshake({
    // BEP 27: of private torrents public peers are told nothing of each other.
    messages: ownExtensions({
      isPublic,
      pex: terms?.pex === true && content?.isPrivate !== true,
      holepunch: terms?.holepunch === true,
    }),
    ...(content !== undefined && { metadataSize: content.info.length }),
    ...(terms?.listenPort !== undefined && { port: terms.listenPort }),
    ...(terms?.prefersEncryption === true && { prefersEncryption: true }),
    ...(terms !== undefined && ipv4 !== undefined && { ipv4: addressBytes(ipv4) }),
    ...(terms !== undefined && ipv6 !== undefined && { ipv6: addressBytes(ipv6) }),
    ...(traits.endpoint !== undefined && { yourIp: addressBytes(traits.endpoint.address) }),
    requestQueue: config.maxQueuedRequests,
    clientVersion,
    // Who pretends to be getting it (BEP 16) does not say that it has it all.
    uploadOnly: !masked && (exchange?.completed ?? false),
    // Small blocks, so that a quota is used up to the last of them.
    maxRequestBytes: Number.isFinite(allowance?.left ?? Infinity) ? leafBytes : config.maxRequestBytes,
  })
}
