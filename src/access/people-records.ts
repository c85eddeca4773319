import { fromBase64url, toBase64url, z } from '../base/index.ts'
import { type DeviceList, type Handover, peopleLimits } from './people-statements.ts'

/** A list of devices as it was signed, and what was read in it. */
export interface HeldList extends Omit<DeviceList, 'devices'> {
  readonly bytes: Uint8Array
  readonly devices: readonly HeldDevice[]
}

/** A device of a list. One that an earlier list named and this one does not was revoked, too. */
export interface HeldDevice {
  readonly device: string
  readonly issued: number
  readonly revoked: boolean
  /** Absent when the list does not name it any more. */
  readonly consent?: Uint8Array | undefined
}

export interface HeldHandover extends Handover {
  readonly bytes: Uint8Array
}

interface StoredList {
  id: string
  number: number
  bytes: string
  devices: { device: string; issued: number; revoked: boolean; consent?: string | undefined }[]
}

interface StoredHandover {
  id: string
  to: string
  lastList: number
  bytes: string
}

/** How many devices that the newest list does not name any more are remembered of one key. */
export const maxForgottenDevices: number = peopleLimits.devices

const peer = z.string().max(128)
const id = z.string().length(64)

const storedList: z.ZodType<StoredList> = z.object({
  id,
  number: z.int().min(1),
  bytes: z.string().max(peopleLimits.listBytes * 2),
  devices: z
    .array(
      z.object({
        device: peer,
        issued: z.int(),
        revoked: z.boolean(),
        consent: z
          .string()
          .max(peopleLimits.consentBytes * 2)
          .optional(),
      }),
    )
    .max(peopleLimits.devices + maxForgottenDevices),
})

const storedHandover: z.ZodType<StoredHandover> = z.object({
  id,
  to: peer,
  lastList: z.int().min(0),
  bytes: z.string().max(peopleLimits.handoverBytes * 2),
})

/** As JSON. */
export function storeList({ id, number, bytes, devices }: HeldList): unknown {
  return {
    id,
    number,
    bytes: toBase64url(bytes),
    devices: devices.map(one => ({ ...one, consent: one.consent && toBase64url(one.consent) })),
  } satisfies StoredList
}

/** Undefined when the record is damaged. Signatures are not checked again, to start fast. */
export function restoreList(signer: string, value: unknown): HeldList | undefined {
  const parsed = storedList.safeParse(value)
  if (!parsed.success) return undefined
  const { bytes, devices, ...rest } = parsed.data
  return orNothing(() => ({
    ...rest,
    signer,
    bytes: fromBase64url(bytes),
    devices: devices.map(one => ({
      ...one,
      consent: one.consent && fromBase64url(one.consent),
    })) as HeldDevice[],
  }))
}

export function storeHandover({ id, to, lastList, bytes }: HeldHandover): unknown {
  return { id, to, lastList, bytes: toBase64url(bytes) } satisfies StoredHandover
}

export function restoreHandover(from: string, value: unknown): HeldHandover | undefined {
  const parsed = storedHandover.safeParse(value)
  if (!parsed.success) return undefined
  return orNothing(() => ({ ...parsed.data, from, bytes: fromBase64url(parsed.data.bytes) }))
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
