import type { ReactNode } from 'react'
import { Link } from '../../app/router.tsx'
import { SafeText } from '../../ui/safe-text.tsx'
import { pageOf, placeOf, shortName } from './place.ts'

interface TargetProps {
  readonly of: { readonly path?: string; readonly infoHash?: string; readonly title?: string }
}

/** What a name points at, and the page where that is looked at. */
export function Target({ of: { path, infoHash, title } }: TargetProps): ReactNode {
  if (path !== undefined)
    return (
      <Link to={pageOf(placeOf(path))}>
        <SafeText text={title ?? shortName(path)} />
      </Link>
    )
  if (infoHash === undefined) return null
  const hash = infoHash.length === 40 ? `urn:btih:${infoHash}` : `urn:btmh:1220${infoHash}`
  return (
    <Link to={`/get?link=${encodeURIComponent(`magnet:?xt=${hash}`)}`}>
      <SafeText text={title ?? shortName(infoHash)} />
    </Link>
  )
}
