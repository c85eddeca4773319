import { fromHex, PeerageError, toHex } from '../base/index.ts'

/** What a peer says on its local networks (BEP 14): which contents it has or wants, and where it takes connections. */
export interface LocalAnnouncement {
  /** TCP and UDP port. */
  readonly port: number
  /** Info hashes, 20 bytes each. */
  readonly names: readonly Uint8Array[]
  /** By which its sender knows its own packets. */
  readonly cookie?: string | undefined
}

/** BEP 14: a packet should not be longer than 1400 bytes; each name takes 52 of them. */
export const maxLocalNames = 24
/** Others are taken up to this length. */
const maxBytes = 2_048
const maxHeard = 36
const firstLine = 'BT-SEARCH * HTTP/1.1'
const lineEnd = '\r\n'

/** `host`: group and port that it is sent to. Throws `TypeError` for more than `maxLocalNames` names. */
export function encodeLocalAnnouncement(host: string, announcement: LocalAnnouncement): Uint8Array {
  const { port, names, cookie } = announcement
  if (names.length > maxLocalNames) throw new TypeError(`${names.length} names do not fit in one packet`)
  const lines = [
    firstLine,
    `Host: ${host}`,
    `Port: ${port}`,
    ...names.map(name => `Infohash: ${toHex(name)}`),
    ...(cookie === undefined ? [] : [`cookie: ${cookie}`]),
  ]
  return new TextEncoder().encode(lines.join(lineEnd) + lineEnd.repeat(3))
}

/** Throws `wire.limit` when it is too long, `wire.invalid` for everything that is no announcement. */
export function decodeLocalAnnouncement(bytes: Uint8Array): LocalAnnouncement {
  if (bytes.length > maxBytes)
    throw new PeerageError('wire.limit', `An announcement on the local network of ${bytes.length} bytes.`)
  const [head, ...rest] = String.fromCharCode(...bytes).split(lineEnd)
  if (head?.toUpperCase() !== firstLine) throw invalid('it begins with something else')
  const end = rest.indexOf('')
  if (end < 0) throw invalid('it does not end')
  const names: Uint8Array[] = []
  let port: number | undefined
  let cookie: string | undefined
  for (const line of rest.slice(0, end)) {
    const { name, value } = headerOf(line)
    if (name === 'port') port = portOf(value)
    else if (name === 'infohash') names.push(nameOf(value))
    else if (name === 'cookie' && /^[\x21-\x7e]{1,64}$/.test(value)) cookie = value
  }
  if (port === undefined) throw invalid('it names no port')
  if (names.length === 0 || names.length > maxHeard) throw invalid(`it names ${names.length} contents`)
  return { port, names, ...(cookie !== undefined && { cookie }) }
}

function headerOf(line: string): { name: string; value: string } {
  const colon = line.indexOf(':')
  if (colon < 1) throw invalid('a line is no header')
  return { name: line.slice(0, colon).toLowerCase(), value: line.slice(colon + 1).trim() }
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw invalid('its port cannot be')
  return port
}

function nameOf(text: string): Uint8Array {
  if (!/^[0-9a-f]{40}$/i.test(text)) throw invalid('an info hash cannot be')
  return fromHex(text)
}

function invalid(why: string): PeerageError {
  return new PeerageError('wire.invalid', `This is no announcement on a local network (BEP 14): ${why}.`)
}
