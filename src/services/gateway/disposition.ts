import { parametersOf } from './format.ts'
import type { GatewayRequest } from './place.ts'

/**
 * "Content-Disposition". `kind` says what it is where nothing is asked for: undefined leaves that to the browser, and then the header is left out
 * unless a name or a download is asked for.
 */
export function dispositionOf(
  { url }: GatewayRequest,
  usualName: string | undefined,
  usualKind: 'attachment' | 'inline' | undefined,
): { readonly 'content-disposition'?: string } {
  const query = parametersOf(url)
  const given = query.get('filename')
  const asked = query.get('download') === 'true' ? 'attachment' : usualKind
  if (asked === undefined && given === null) return {}
  return { 'content-disposition': named(asked ?? 'inline', given ?? usualName ?? '') }
}

/** RFC 6266, section 4.3: the name exactly, and as old programs read it. */
function named(kind: string, text: string): string {
  const name = text.toWellFormed().slice(0, 255).toWellFormed()
  if (name === '') return kind
  const plain = name.replace(/[^\x20-\x7e]|["\\]/gu, '_')
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return plain === name
    ? `${kind}; filename="${plain}"`
    : `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`
}
