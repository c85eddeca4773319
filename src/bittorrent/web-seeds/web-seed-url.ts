import { toHex } from '../../base/index.ts'
import type { Content, FileEntry } from '../../content/index.ts'

/**
 * Where a file of a content is on a web seed (BEP 19): the URL itself for a single file unless it ends in a slash, else the
 * content's name and the file's path behind it. A query is part of the text, as others have it.
 */
export function webSeedUrl(base: string, content: Content, file: FileEntry): string {
  const url = base.replace(/#.*$/s, '')
  if (content.singleFile) return url.endsWith('/') ? url + escaped(content.name) : url
  const folder = url.endsWith('/') ? url : `${url}/`
  return folder + [content.name, ...file.path].map(escaped).join('/')
}

/** RFC 3986: everything but unreserved characters. */
function escaped(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /[!'()*]/g,
    letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Where a part of a piece is on a web seed of the older kind (BEP 17). Throws `TypeError` for content without v1 hash. */
export function pieceUrl(
  base: string,
  { infoHashV1 }: Content,
  { piece, begin, length }: { readonly piece: number; readonly begin: number; readonly length: number },
): string {
  if (infoHashV1 === undefined) throw new TypeError('content without v1 hash')
  const url = base.replace(/#.*$/s, '')
  const name = toHex(infoHashV1).replace(/../g, '%$&')
  const query = `info_hash=${name}&piece=${piece}&ranges=${begin}-${begin + length - 1}`
  return `${url}${url.includes('?') ? '&' : '?'}${query}`
}
