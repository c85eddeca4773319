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
