import { consentToBeDevice, type Device, openDeviceConsent } from '../../access/index.ts'
import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import { decodeConsent, decodeStatements, encodeConsent, encodeStatements } from './device-codes.ts'
import type { IdentityHost } from './host.ts'

/** The keys of the user. */
export interface DevicesView {
  /** PeerId of the main key. */
  readonly main: string
  /** Whether that is the key of this peer. */
  readonly isMain: boolean
  readonly devices: readonly (Device & { readonly isThis: boolean })[]
}

function viewOf({ identity, people }: IdentityHost): DevicesView {
  const { peerId } = identity
  const main = people.personOf(peerId)
  const devices = people.devicesOf(main).map(one => ({ ...one, isThis: one.device === peerId }))
  return { main, isMain: main === peerId, devices }
}

export const devices: ValueOperation<IdentityHost, Record<never, never>, DevicesView> = {
  summary: 'List your devices: the keys that act for you',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'devices', example: 'peerage devices' },
  run: async host => viewOf(host),
}

export const join: ValueOperation<IdentityHost, { main: string }, { main: string; code: string }> = {
  summary: 'Agree that this peer becomes a device of another one of yours',
  input: z.object({
    main: z
      .string()
      .min(1)
      .max(512)
      .describe('Your main peer, where `device add` takes the code: its id, or the text of its QR code'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'device join',
    positional: ['main'],
    example: 'peerage device join 12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq',
  },
  run: async ({ identity, people, world, personOf }, input) => {
    const main = personOf(input.main)
    if (main === people.personOf(identity.peerId))
      throw new PeerageError('usage.invalid', 'This peer belongs to that one already, or is that one.')
    if (people.devicesOf(identity.peerId).some(({ revoked }) => !revoked))
      throw new PeerageError('usage.invalid', 'This peer has devices of its own; revoke them first.')
    return { main, code: encodeConsent(consentToBeDevice(identity, main, Math.floor(world.wallTime()))) }
  },
}

const code = z
  .string()
  .min(1)
  .max(64 * 1024)

/** The device that was added, and what it needs to know of that when it cannot be reached. */
export interface AddedDevice {
  readonly device: string
  readonly code: string
}

export const add: ValueOperation<IdentityHost, { code: string }, AddedDevice> = {
  summary: 'Let another peer of yours act for you, from now on, with all who know you',
  input: z.object({ code: code.describe('What `peerage device join` printed on the other one') }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'device add',
    positional: ['code'],
    example: 'peerage device add peerage-device:CiQIARIg',
  },
  run: async ({ identity, people, world }, input) => {
    const consent = decodeConsent(input.code)
    const { device } = openDeviceConsent(consent)
    people.addDevice(identity, consent, world.wallTime())
    return { device, code: encodeStatements(people.statementsOf(identity.peerId)) }
  },
}

export const accept: ValueOperation<IdentityHost, { code: string }, DevicesView> = {
  summary: 'Tell a new device that it was added, when it is not connected to the main one',
  input: z.object({ code: code.describe('What `peerage device add` printed on the main one') }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'device accept',
    positional: ['code'],
    example: 'peerage device accept peerage-devices:bDM4NjoK',
  },
  run: async (host, input) => {
    for (const statement of decodeStatements(input.code)) host.people.receive(statement, true)
    return viewOf(host)
  },
}

export const revoke: ValueOperation<IdentityHost, { device: string }, DevicesView> = {
  summary: 'Let a device act for you no more, once it is lost or sold',
  input: z.object({
    device: z.string().min(6).max(128).describe('Its peer id, or the last characters of it'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'device revoke', positional: ['device'], example: 'peerage device revoke mo7R3pq' },
  run: async (host, { device: text }) => {
    const { identity, people, world } = host
    const found = people.devicesOf(identity.peerId).filter(({ device }) => device.endsWith(text))
    if (found.length !== 1)
      throw new PeerageError(
        'usage.invalid',
        `${found.length === 0 ? 'No device of yours' : 'More than one device'} ends in "${text.slice(0, 100)}"; \`peerage devices\` lists them.`,
      )
    people.revokeDevice(identity, found[0]!.device, world.wallTime())
    return viewOf(host)
  },
}
