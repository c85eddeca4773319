import { PeerageError } from '../../base/index.ts'
import { isTrackerUrl, isWebSeedUrl } from '../../content/index.ts'
import type { FilesHost } from './host.ts'
import { checkUrls } from './source.ts'

/** How a person names the tracker that this peer is itself. */
const ownTracker = 'own'

/**
 * Trackers in tiers (BEP 12): each word is a tier, and URLs with a comma between them are one; `own` is this peer. Throws
 * `usage.invalid` for what is no tracker.
 */
export function tiersOf(host: FilesHost, words: readonly string[] = []): string[][] {
  return words.map(word => {
    if (word === ownTracker) return ownTier(host)
    // A comma inside a URL stays: only one that another URL follows parts two of them.
    const urls = word.split(/,(?=[a-z]+:\/\/)/i)
    checkUrls(urls, isTrackerUrl, 'a tracker')
    return urls
  })
}

/** All addresses of our own tracker: they are one. */
function ownTier(host: FilesHost): string[] {
  const urls = host.ownTrackers?.() ?? []
  if (urls.length > 0) return [...urls]
  throw new PeerageError(
    'usage.invalid',
    'This peer is no tracker now. Start it with `peerage tracker start`.',
  )
}

/** Throws `usage.invalid` for what is no web seed. */
export function webSeedsOf(urls: readonly string[] = []): string[] {
  checkUrls(urls, isWebSeedUrl, 'a web seed')
  return [...urls]
}

/** Throws `usage.invalid` for a piece length that BEP 52 does not know. */
export function checkPieceLength(pieceLength: number | undefined): void {
  if (pieceLength !== undefined && (pieceLength & (pieceLength - 1)) !== 0)
    throw new PeerageError('usage.invalid', 'The piece length must be a power of two, such as 262144.')
}
