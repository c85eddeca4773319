import { PeerageError, toHex } from '../../base/index.ts'
import { type Link, looksLikeIpfs, parseLink } from '../../content/index.ts'
import type { Transfer } from './transfer.ts'

/** By link, by name, or by the first digits of the info hash. Throws `content.unknown`. */
export function findTransfer(transfers: ReadonlyMap<string, Transfer>, content: string): Transfer {
  const text = content.trim()
  if (/^(magnet|peerage):/i.test(text) || looksLikeIpfs(text)) {
    const transfer = byLink(transfers, parseLink(text))
    if (transfer !== undefined) return transfer
    throw new PeerageError('content.unknown', 'This peer has no content by that link.')
  }
  const all = [...transfers.values()]
  const called = all.filter(transfer => transfer.record.name === text)
  // Of two versions the one is meant that is offered now, or that is here.
  const current = called.filter(({ record }) => !record.replaced && record.updates === undefined)
  const named = current.length > 0 ? current : called
  const found =
    named.length > 0
      ? named
      : /^[0-9a-f]{6,64}$/i.test(text)
        ? all.filter(t => isCalled(t, text.toLowerCase()))
        : []
  if (found.length === 1) return found[0]!
  const many = found.length > 1
  throw new PeerageError(
    'content.unknown',
    many
      ? `${found.length} contents are called that; use the info hash.`
      : `There is no content ${JSON.stringify(text)} here.`,
    { details: { found: found.slice(0, 10).map(transfer => transfer.id) } },
  )
}

function byLink(
  transfers: ReadonlyMap<string, Transfer>,
  { infoHash, infoHashV1, cid, path = [] }: Link,
): Transfer | undefined {
  const found = infoHash && transfers.get(toHex(infoHash))
  if (cid !== undefined && found === undefined && infoHashV1 === undefined)
    return [...transfers.values()].find(({ record }) => path.length === 0 && record.ipfs?.cid === cid)
  if (found !== undefined || infoHashV1 === undefined) return found
  const v1 = toHex(infoHashV1)
  return [...transfers.values()].find(transfer => isCalled(transfer, v1))
}

/** Whether one of its info hashes starts like that. */
function isCalled({ id, record }: Transfer, start: string): boolean {
  return id.startsWith(start) || record.public?.infoHashV1?.startsWith(start) === true
}
