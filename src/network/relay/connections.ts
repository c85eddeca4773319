import type { Connection, Libp2p, Stream, Upgrader } from '@libp2p/interface'
import { MuxedPeerStream } from '../muxed-peer-stream.ts'
import { pathOf } from '../path.ts'
import type { PeerStream } from '../peer-stream.ts'
import { MuxedStream } from '../yamux/index.ts'

/** What relaying needs of the libp2p node, see `host.ts`. */
export interface RelayHost {
  readonly node: Libp2p
  readonly upgrader: Upgrader
}

/** Whether a connection is open and does not itself lead through a relay: nothing is relayed twice. */
export function isDirect({ status, remoteAddr }: Connection): boolean {
  return status === 'open' && pathOf(remoteAddr.toString()) !== 'relayed'
}

export function peerStreamOf(stream: Stream, { id, remotePeer, remoteAddr }: Connection): PeerStream {
  if (!(stream instanceof MuxedStream)) throw new TypeError('not a stream of our muxer')
  return new MuxedPeerStream(stream, remotePeer.toString(), pathOf(remoteAddr.toString()), id)
}
