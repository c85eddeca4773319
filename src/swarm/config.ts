import { z } from '../base/index.ts'

/** Bounds and tempers of one swarm. Every queue of the exchange engine has its bound here. */
export interface SwarmConfig {
  readonly maxPeers: number
  readonly maxPeersPerAddress: number
  readonly initialSeeding: boolean
  readonly uploadSlots: number
  readonly uploadBytesPerSecond: number
  readonly downloadBytesPerSecond: number
  readonly peerUploadBytesPerSecond: number
  readonly peerDownloadBytesPerSecond: number
  readonly maxRequestBytes: number
  readonly startWindowBytes: number
  readonly maxWindowBytes: number
  readonly maxRequestsPerPeer: number
  readonly queueTimeMs: number
  readonly uploadBufferBytes: number
  readonly maxQueuedRequests: number
  readonly maxSendBufferBytes: number
  readonly readAheadBytes: number
  readonly maxReaders: number
  readonly maxSuggestions: number
  readonly maxMetadataBytes: number
  readonly metadataBytesPerSecond: number
  readonly maxHashRequests: number
  readonly allowedFastPieces: number
  readonly snubMs: number
  readonly requestTimeoutMs: number
  readonly silenceMs: number
  readonly keepAliveMs: number
  readonly idleMs: number
  readonly redundantMs: number
  readonly chokeIntervalMs: number
  readonly optimisticIntervals: number
  readonly banLiars: boolean
  readonly maxBanned: number
  readonly maxExchangedPeers: number
  readonly peerExchangeMs: number
}

const count = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(0).max(1_000_000).default(initial).describe(text)
const bytes = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z
    .number()
    .int()
    .min(0)
    .max(2 ** 40)
    .default(initial)
    .describe(text)
const ms = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(86_400_000).default(initial).describe(text)

export const swarmConfig: z.ZodType<SwarmConfig> = z.object({
  maxPeers: count(200, 'Most peers in one swarm at a time.'),
  maxPeersPerAddress: count(
    32,
    'Most peers of the public network in one swarm that have the same IP address.',
  ),
  initialSeeding: z
    .boolean()
    .default(true)
    .describe('Whoever alone has pieces sends each of them once before any of them twice.'),
  uploadSlots: count(0, 'Peers of one swarm served at a time; 0 adapts to the upload rate.'),
  uploadBytesPerSecond: bytes(0, 'Upload limit of each share in bytes per second; 0 is none.'),
  downloadBytesPerSecond: bytes(0, 'Download limit of each share in bytes per second; 0 is none.'),
  peerUploadBytesPerSecond: bytes(0, 'Upload limit to each peer in bytes per second; 0 is none.'),
  peerDownloadBytesPerSecond: bytes(0, 'Download limit from each peer in bytes per second; 0 is none.'),
  maxRequestBytes: bytes(1_048_576, 'Longest block that this peer asks for or answers with, in bytes.'),
  startWindowBytes: bytes(131_072, 'Bytes requested from a peer before its speed is known.'),
  maxWindowBytes: bytes(33_554_432, 'Most bytes requested from one peer and not yet received.'),
  maxRequestsPerPeer: count(2048, 'Most requests to one peer that wait for their answer.'),
  queueTimeMs: ms(
    100,
    'Requests kept waiting at a peer beyond the round trip, in milliseconds of its speed.',
  ),
  uploadBufferBytes: bytes(4_194_304, 'Most bytes read from disk and not yet sent to one peer.'),
  maxQueuedRequests: count(2000, 'Most requests of one peer that wait here; more are rejected.'),
  maxSendBufferBytes: bytes(
    16_777_216,
    'A peer that leaves more than this many bytes unread is disconnected.',
  ),
  readAheadBytes: bytes(8_388_608, 'Bytes ahead of a reader that are fetched in order.'),
  maxReaders: count(64, 'Most readers of one content at a time.'),
  maxSuggestions: count(256, 'Most suggested pieces remembered for one peer (BEP 6).'),
  maxMetadataBytes: bytes(67_108_864, 'Longest info dictionary accepted from peers, in bytes (BEP 9).'),
  metadataBytesPerSecond: bytes(
    4_194_304,
    'Growth of an info dictionary that peers send (BEP 9), in bytes a second after a burst of two seconds: it cannot be checked before it is complete.',
  ),
  maxHashRequests: count(16, 'Most hash requests to one peer that wait for their answer (BEP 52).'),
  allowedFastPieces: count(4, 'Pieces that a choked newcomer may still ask for (BEP 6).'),
  snubMs: ms(8_000, 'A peer that finishes no requested block for this long is snubbed, in milliseconds.'),
  requestTimeoutMs: ms(
    60_000,
    'A peer that answers no request for this long is disconnected, in milliseconds.',
  ),
  silenceMs: ms(150_000, 'A peer that sends nothing for this long is disconnected, in milliseconds.'),
  keepAliveMs: ms(90_000, 'A keep-alive is sent after this long without a message, in milliseconds.'),
  idleMs: ms(300_000, 'Two peers with nothing left to exchange part after this long, in milliseconds.'),
  redundantMs: ms(
    10_000,
    'The same for peers of the public network, which make room for others sooner, in milliseconds.',
  ),
  chokeIntervalMs: ms(10_000, 'Upload slots are given anew this often, in milliseconds (BEP 3).'),
  optimisticIntervals: count(3, 'The optimistic slot changes hands every so many choke intervals (BEP 3).'),
  banLiars: z.boolean().default(true).describe('Ban a peer from the swarm once it is proven to have lied.'),
  maxBanned: count(1000, 'Most banned peers remembered in one swarm; the oldest is forgotten.'),
  maxExchangedPeers: count(50, 'Most peers told or believed in one peer exchange message.'),
  peerExchangeMs: ms(1000, 'Peers are told of others at most this often, in milliseconds.'),
})
