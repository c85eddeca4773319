import { PeerageError, utf8 } from '../../base/index.ts'

/** Where devices listen for questions (UPnP Device Architecture 1.1, section 1). */
export const ssdpGroup = { address: '239.255.255.250', port: 1900 } as const

/** What is looked for; some routers answer only for one of them. */
export const searchTargets: readonly string[] = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
]

const maxAnswerBytes = 2_048
const wanted = /^urn:schemas-upnp-org:(?:device:InternetGatewayDevice|service:WAN(?:IP|PPP)Connection):[12]$/
const firstLine = /^HTTP\/1\.[01] 200(?: |$)/i

/** UPnP Device Architecture 1.1, section 1.3.2. Answers are spread over `waitSeconds`. */
export function encodeSearch(target: string, waitSeconds: number): Uint8Array {
  return utf8(
    [
      'M-SEARCH * HTTP/1.1',
      `HOST: ${ssdpGroup.address}:${ssdpGroup.port}`,
      'MAN: "ssdp:discover"',
      `MX: ${waitSeconds}`,
      `ST: ${target}`,
      '',
      '',
    ].join('\r\n'),
  )
}

/** Whether a datagram begins like an answer to a search. */
export function isSearchAnswer(bytes: Uint8Array): boolean {
  return bytes.length >= 7 && textOf(bytes.subarray(0, 7)).toUpperCase() === 'HTTP/1.'
}

/**
 * Where a router describes itself (section 1.3.3). The answer came from `source`: a description elsewhere is somebody's trick, and
 * is refused. Throws `wire.invalid`.
 */
export function decodeSearchAnswer(bytes: Uint8Array, source: string): URL {
  const [first = '', ...lines] = bytes.length > maxAnswerBytes ? [] : textOf(bytes).split(/\r?\n/)
  if (!firstLine.test(first)) throw noAnswer()
  const header = (name: string): string => {
    const line = lines.find(one => one.slice(0, name.length + 1).toLowerCase() === `${name}:`)
    return line?.slice(name.length + 1).trim() ?? ''
  }
  const location = header('location')
  if (!wanted.test(header('st')) || !URL.canParse(location)) throw noAnswer()
  const url = new URL(location)
  if (url.protocol !== 'http:' || url.hostname !== source || url.username !== '') throw noAnswer()
  return url
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function noAnswer(): PeerageError {
  return new PeerageError('wire.invalid', 'That is no answer of a router.')
}
