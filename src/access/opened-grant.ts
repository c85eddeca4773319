import { type Grant, openGrant } from './grant.ts'

const opened = new WeakMap<Uint8Array, Grant>()

/**
 * As `openGrant`, for envelopes that are looked at again and again: of the same bytes in memory, which must not change any more, the
 * signatures are checked once.
 */
export function openedGrant(bytes: Uint8Array): Grant {
  const known = opened.get(bytes)
  if (known !== undefined) return known
  const grant = openGrant(bytes)
  opened.set(bytes, grant)
  return grant
}
