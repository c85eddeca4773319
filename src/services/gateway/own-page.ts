import { pagePolicy, type Seen } from './page.ts'
import { rootText } from './place.ts'
import { type GatewayAnswer, textAnswer } from './responses.ts'
import { type Found, headersOf, immutable, notCached, type ServingParts } from './served.ts'

/** A page that we made may look different some day. */
const pageCaching = 'public, max-age=604800, stale-while-revalidate=2678400'

/** What both kinds of pages of ours show of where they are. */
export function seenAt(parts: ServingParts, { cid }: Found): Seen {
  const { place, cacheControl } = parts
  return {
    root: `/${place.root.kind}/${rootText(place.root)}`,
    path: place.path,
    cid: cid.toString(),
    base: place.base,
    // A key is good for one origin: elsewhere what is private is not found.
    elsewhere: cacheControl === notCached ? undefined : place.elsewhere,
  }
}

/** A page that we made: it runs and loads nothing. */
export function pageHeaders(parts: ServingParts, found: Found, etag: string): Record<string, string> {
  return {
    ...headersOf(parts, found, etag),
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pagePolicy,
    ...(parts.cacheControl === immutable && { 'cache-control': pageCaching }),
  }
}

export function ownPage(html: string, headers: Readonly<Record<string, string>>): GatewayAnswer {
  return textAnswer(200, html, headers)
}
