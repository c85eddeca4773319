import { PeerageError } from '../../base/index.ts'
import { childText, elementsNamed, parseXml, type XmlElement } from './xml.ts'

/** A service of a router that can open ports. */
export interface IgdService {
  /** `urn:schemas-upnp-org:service:WANIPConnection:1`, for example. */
  readonly type: string
  readonly control: URL
}

const usable = /^urn:schemas-upnp-org:service:WAN(?:IP|PPP)Connection:[12]$/
/** A router has a few connections to the internet at most. */
const maxServices = 4
const maxArgumentLength = 256

/**
 * Services of the description at `location` that open ports (UPnP IGD 1 and 2), in its order. Only those at the same host: a router that
 * names another as its own would have us talk to somebody else. Throws `wire.invalid` and `wire.limit`.
 */
export function servicesOf(description: string, location: URL): IgdService[] {
  const root = parseXml(description)
  const base = elementsNamed(root, 'URLBase')[0]?.text
  const from = base !== undefined && URL.canParse(base) ? new URL(base) : location
  return elementsNamed(root, 'service')
    .flatMap(service => serviceOf(service, from))
    .filter(({ control }) => control.protocol === 'http:' && control.hostname === location.hostname)
    .slice(0, maxServices)
}

function serviceOf(service: XmlElement, from: URL): IgdService[] {
  const type = childText(service, 'serviceType') ?? ''
  const path = childText(service, 'controlURL') ?? ''
  if (!usable.test(type) || path === '' || !URL.canParse(path, from)) return []
  return [{ type, control: new URL(path, from) }]
}

/** A call of one action (UPnP Device Architecture 1.1, section 3.2.1), arguments in the order in which the service lists them. */
export function encodeCall(
  type: string,
  action: string,
  given: Readonly<Record<string, string | number>>,
): string {
  const inner = Object.entries(given).map(([name, value]) => `<${name}>${escaped(String(value))}</${name}>`)
  return [
    '<?xml version="1.0"?>',
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">',
    `<s:Body><u:${action} xmlns:u="${type}">${inner.join('')}</u:${action}></s:Body></s:Envelope>`,
  ].join('\r\n')
}

/** What an action gave, by name, or why it was refused (section 3.2.2 and 3.2.4). */
export type CallAnswer =
  | { readonly given: Readonly<Record<string, string>> }
  | { readonly code: number; readonly problem: string }

/** Throws `wire.invalid` and `wire.limit`. */
export function decodeAnswer(text: string, action: string): CallAnswer {
  const root = parseXml(text)
  const [error] = elementsNamed(root, 'UPnPError')
  if (error !== undefined) {
    const code = Number(childText(error, 'errorCode'))
    if (!Number.isInteger(code) || code < 0 || code > 999) throw noAnswer()
    return { code, problem: problems[code] ?? `it refused, with number ${code}` }
  }
  const [answer] = elementsNamed(root, `${action}Response`)
  if (answer === undefined) throw noAnswer()
  const given = answer.children.filter(({ name }) => /^New\w{1,64}$/.test(name))
  if (given.some(({ text: value }) => value.length > maxArgumentLength)) throw noAnswer()
  return { given: Object.fromEntries(given.map(({ name, text: value }) => [name, value])) }
}

/** What routers say, in words for a person (UPnP IGD WANIPConnection:2, section 2.6). */
const problems: Readonly<Record<number, string>> = {
  401: 'it cannot open ports',
  402: 'it did not understand the question',
  501: 'it could not do it',
  606: 'it does not allow this machine to open ports',
  714: 'it has no such port open',
  718: 'another machine has that port already',
  725: 'it opens ports only for good',
  728: 'it has no room for another port',
  729: 'another machine has that port already',
}

/** Codes that are acted on. */
export const igdCodes: Readonly<{
  noSuchEntry: number
  conflicts: readonly number[]
  permanentOnly: number
}> = {
  noSuchEntry: 714,
  conflicts: [718, 724, 729],
  permanentOnly: 725,
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, sign => `&#${sign.charCodeAt(0)};`)
}

function noAnswer(): PeerageError {
  return new PeerageError('wire.invalid', 'That is no answer of a router to what it was asked.')
}
