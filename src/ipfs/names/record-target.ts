import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { identity } from 'multiformats/hashes/identity'
import { fromUtf8, PeerageError, toHex, utf8 } from '../../base/index.ts'
import { isNamePath, type NameTarget } from '../../content/index.ts'

/** The field of a record, beside those of the specification, with the info hash of what the name points at. */
const infoHashField = '_ih'

/**
 * What stands in a record for a target: its path, and its info hash in a field of its own. What has no CID is named by a magnet link
 * that stands in an identity CID, so that whoever resolves the name in the IPFS network gets that text.
 */
export function recordOf({ path, infoHash }: NameTarget): {
  value: Uint8Array
  more?: Readonly<Record<string, Uint8Array>>
} {
  const text = path ?? (infoHash && magnetPath(infoHash))
  if (text === undefined || !isNamePath(text))
    throw new PeerageError('link.invalid', 'A name can point at a CID, at content, or at another name.')
  return { value: utf8(text), ...(infoHash && { more: { [infoHashField]: infoHash } }) }
}

/** The target in a record. Throws `name.refused` when there is none. */
export function targetOf({
  value,
  more,
}: {
  readonly value: Uint8Array
  readonly more?: Readonly<Record<string, Uint8Array>>
}): NameTarget {
  const field = more?.[infoHashField]
  const infoHash = field?.length === 20 || field?.length === 32 ? field.slice() : undefined
  const path = fromUtf8(value)
  if (path !== undefined && infoHash !== undefined && path === magnetPath(infoHash)) return { infoHash }
  if (path === undefined || !isNamePath(path))
    throw new PeerageError(
      'name.refused',
      'The record of this name is refused: it points at nothing that is known here.',
    )
  return { path, ...(infoHash && { infoHash }) }
}

function magnetPath(infoHash: Uint8Array): string {
  const name = infoHash.length === 32 ? `urn:btmh:1220${toHex(infoHash)}` : `urn:btih:${toHex(infoHash)}`
  return `/ipfs/${CID.createV1(raw.code, identity.digest(utf8(`magnet:?xt=${name}`)))}`
}
