import type { Connection } from '@libp2p/interface'
import type { Guarded } from './limits/index.ts'
import { addressSubnet } from './transports/index.ts'
import { muxerOf } from './yamux/index.ts'

/** A connection of libp2p, as the guard sees it. */
export function guarded(connection: Connection): Guarded {
  const muxer = muxerOf(connection)
  return {
    id: connection.id,
    peer: connection.remotePeer.toString(),
    group: groupOf(connection.remoteAddr.toString()),
    streams: connection.streams.length,
    ownStreams: muxer?.ownStreams ?? 0,
    rttMs: muxer?.rttMs(),
    receivedBytes: muxer?.receivedBytes ?? 0,
    openedAt: muxer?.openedAt ?? 0,
    close: reason => connection.abort(new Error(`It had to go: ${reason}.`)),
  }
}

/** A relay stands for all whom it connects. */
function groupOf(multiaddr: string): string {
  const [, protocol, value = ''] = multiaddr.split('/')
  return protocol === 'ip4' || protocol === 'ip6' ? addressSubnet(value) : 'other'
}
