import { type Bencoded, bytesAt, type Dictionary, integerAt, listAt, textAt } from '../wire/index.ts'
import { canonicalPeerId } from './peer-id.ts'
import type { Identity } from './signing.ts'
import { attempt, openStatement, refused, type StatementKind, signStatement } from './statement.ts'

/** Bounds of what a person says about its own keys. */
export const peopleLimits: Readonly<
  Record<'devices' | 'consentBytes' | 'listBytes' | 'handoverBytes', number>
> = {
  // Devices that were revoked count, too: they stay in the list, so that who hears of it late knows them.
  devices: 32,
  consentBytes: 240,
  listBytes: 8192,
  handoverBytes: 512,
}

/** A key agrees to be a device of a person. Without it nobody could call a stranger's key a device of theirs. */
export interface DeviceConsent {
  readonly device: string
  /** PeerId of the main key. */
  readonly person: string
  /** Milliseconds since the Unix epoch. Of two consents of one device the later one holds. */
  readonly issued: number
}

/** A device as a list names it. */
export interface ListedDevice extends DeviceConsent {
  readonly consent: Uint8Array
  readonly revoked: boolean
}

/** All devices that a person ever had. */
export interface DeviceList {
  readonly id: string
  /** PeerId of the main key that signed. */
  readonly signer: string
  /** Of two lists the one with the higher number holds. */
  readonly number: number
  /** In the order of their PeerIds. */
  readonly devices: readonly ListedDevice[]
}

/** From now on the person with one key has another. */
export interface Handover {
  readonly id: string
  readonly from: string
  readonly to: string
  /** The number of the last list of devices under the old key; 0 when there is none. Later ones are of whoever stole that key. */
  readonly lastList: number
}

const consentKind: StatementKind = {
  name: 'device',
  maxBytes: peopleLimits.consentBytes,
  fields: new Set(['issued', 'person']),
  maxDepth: 1,
  maxItems: 8,
  code: 'statement.invalid',
}

const successorKind: StatementKind = {
  ...consentKind,
  name: 'successor',
  fields: new Set(['former', 'issued']),
}

const listKind: StatementKind = {
  name: 'devices',
  maxBytes: peopleLimits.listBytes,
  fields: new Set(['devices', 'number', 'revoked']),
  maxDepth: 2,
  maxItems: peopleLimits.devices + 8,
  code: 'statement.invalid',
}

const handoverKind: StatementKind = {
  name: 'handover',
  maxBytes: peopleLimits.handoverBytes,
  fields: new Set(['lists', 'successor']),
  maxDepth: 1,
  maxItems: 8,
  code: 'statement.invalid',
}

/** The consent of `device` to belong to `person` (its main key's PeerId). */
export function consentToBeDevice(device: Identity, person: string, issued: number): Uint8Array {
  return signStatement(device, consentKind, { person, issued })
}

/** Throws `statement.invalid`. */
export function openDeviceConsent(bytes: Uint8Array): DeviceConsent {
  const { signer, payload } = openStatement(bytes, consentKind)
  const person = peerAt(consentKind, payload, 'person')
  if (person === signer) throw refused(consentKind, 'a key cannot be a device of itself')
  return { device: signer, person, issued: numberAt(consentKind, payload, 'issued') }
}

/** A list of devices, signed by the main key. Each consent must be one that `openDeviceConsent` takes. */
export function signDeviceList(
  main: Identity,
  number: number,
  devices: readonly Pick<ListedDevice, 'device' | 'consent' | 'revoked'>[],
): Uint8Array {
  const sorted = devices.toSorted((a, b) => (a.device < b.device ? -1 : 1))
  const consents = (gone: boolean): Uint8Array[] =>
    sorted.filter(({ revoked }) => revoked === gone).map(({ consent }) => consent)
  return signStatement(main, listKind, { number, devices: consents(false), revoked: consents(true) })
}

/** The list in an envelope, with the consent of every device checked. Throws `statement.invalid`. */
export function openDeviceList(bytes: Uint8Array): DeviceList {
  const { id, signer, payload } = openStatement(bytes, listKind)
  const number = numberAt(listKind, payload, 'number', 1)
  const devices = [...consentsAt(payload, 'devices', false), ...consentsAt(payload, 'revoked', true)]
  if (devices.length > peopleLimits.devices) throw refused(listKind, 'it names too many devices')
  if (new Set(devices.map(({ device }) => device)).size < devices.length)
    throw refused(listKind, 'it names a device twice')
  return { id, signer, number, devices }
}

/** The hand-over from `old` to `next`, signed by both. */
export function signHandover(old: Identity, next: Identity, lastList: number, issued: number): Uint8Array {
  const successor = signStatement(next, successorKind, { former: old.peerId, issued })
  return signStatement(old, handoverKind, { successor, lists: lastList })
}

/** Throws `statement.invalid`. */
export function openHandover(bytes: Uint8Array): Handover {
  const { id, signer, payload } = openStatement(bytes, handoverKind)
  const successor = openStatement(bytesAt(payload, 'successor') ?? new Uint8Array(), successorKind)
  numberAt(successorKind, successor.payload, 'issued')
  const former = peerAt(successorKind, successor.payload, 'former')
  if (former !== signer) throw refused(handoverKind, 'the new key agreed to follow another one')
  if (successor.signer === signer) throw refused(handoverKind, 'a key cannot follow itself')
  return { id, from: signer, to: successor.signer, lastList: numberAt(handoverKind, payload, 'lists') }
}

function consentsAt(payload: Dictionary, name: string, revoked: boolean): ListedDevice[] {
  const list = listAt(payload, name)
  if (list === undefined) throw refused(listKind, 'a list is missing')
  const devices = list.map(value => readConsent(value, revoked))
  if (devices.some(({ device }, i) => i > 0 && device <= devices[i - 1]!.device))
    throw refused(listKind, 'its devices are not in order')
  return devices
}

function readConsent(value: Bencoded, revoked: boolean): ListedDevice {
  if (!(value instanceof Uint8Array)) throw refused(listKind, 'it names a device without its consent')
  return { ...openDeviceConsent(value), consent: value.slice(), revoked }
}

function peerAt(kind: StatementKind, payload: Dictionary, name: string): string {
  const text = textAt(payload, name) ?? ''
  if (attempt(kind, () => canonicalPeerId(text)) !== text)
    throw refused(kind, 'a peer id in it is not in canonical form')
  return text
}

function numberAt(kind: StatementKind, payload: Dictionary, name: string, min = 0): number {
  const value = integerAt(payload, name, min)
  if (value === undefined) throw refused(kind, 'a number in it is missing or wrong')
  return value
}
