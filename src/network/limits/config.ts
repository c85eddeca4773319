import { z } from '../../base/index.ts'

/** Bounds on what others may make this peer hold (docs/decisions/021-limits.md); a part of the section `network`. */
export interface LimitsConfig {
  maxConnections: number
  maxConnectionsPerPeer: number
  maxConnectionsPerAddress: number
  maxConnectionsPerSubnet: number
  maxConnectionsFromLoopback: number
  maxRawConnections: number
  maxPendingInbound: number
  maxInboundPerSecond: number
  maxHandshakeBytes: number
  upgradeTimeoutMs: number
  idleConnectionMs: number
  maxStreamsPerConnection: number
  maxStreams: number
  maxBufferedBytes: number
}

const KiB = 1024
const MiB = 1024 * KiB

const count = (fallback: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).default(fallback).describe(text)

type Keys = { [Key in keyof LimitsConfig]: z.ZodDefault<z.ZodNumber> }

export const limitKeys: Keys = {
  maxConnections: count(300, 'Open connections, inbound and outbound together.'),
  maxConnectionsPerPeer: count(4, 'Open connections with one peer, whoever made them.'),
  maxConnectionsPerAddress: count(8, 'Inbound connections from one IPv4 address or one IPv6 /56.'),
  maxConnectionsPerSubnet: count(
    32,
    'Inbound connections from one IPv4 /24 or one IPv6 /48 (local networks are exempt).',
  ),
  maxConnectionsFromLoopback: count(256, 'Inbound connections from this machine itself.'),
  maxRawConnections: count(200, 'Inbound connections of other protocols that share the port (BitTorrent).'),
  maxPendingInbound: count(64, 'Inbound connections that have not yet proven who they are.'),
  maxInboundPerSecond: count(
    20,
    'New inbound connections per second from one IPv4 address or IPv6 /56 (loopback is exempt).',
  ),
  maxHandshakeBytes: z
    .number()
    .int()
    .min(320 * KiB)
    .default(512 * KiB)
    .describe(
      'Bytes that a connection may send before it has proven who it is: certificates, and the first 256 KiB of a stream, which may follow at once.',
    ),
  upgradeTimeoutMs: count(8_000, 'Time for an inbound connection to prove who it is, in ms.'),
  idleConnectionMs: count(
    300_000,
    'Time after which a connection without streams is closed, in ms; contacts and members of circles keep theirs.',
  ),
  maxStreamsPerConnection: count(128, 'Open streams of one connection, for each direction.'),
  maxStreams: count(
    4_096,
    'Open streams of all connections; a connection that has fewer than 8 gets them anyway.',
  ),
  maxBufferedBytes: z
    .number()
    .int()
    .min(MiB)
    .default(128 * MiB)
    .describe(
      'Bytes that wait to be sent or read on all connections together; beyond, the connection that holds most of them is closed.',
    ),
}
