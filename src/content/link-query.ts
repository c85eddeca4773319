import { invalidLink } from './link-error.ts'

const maxParameters = 512

/**
 * The parameters of `a=b&c=d`, decoded, in order. A plus sign means a space in parameters called `spaced` only. Throws
 * `link.invalid`.
 */
export function parseQuery(query: string, spaced?: string): [name: string, value: string][] {
  if (query === '') return []
  const parts = query.split('&')
  if (parts.length > maxParameters) throw invalidLink('The link has too many parts.')
  const out: [string, string][] = []
  for (const part of parts) {
    if (part === '') continue
    const equals = part.indexOf('=')
    if (equals < 1) throw invalidLink('A part of the link has no name or no value; was it cut off?')
    const name = part.slice(0, equals)
    const value = part.slice(equals + 1)
    out.push([name, decodeValue(name === spaced ? value.replaceAll('+', ' ') : value)])
  }
  return out
}

/** `name=value` with everything escaped that could be mistaken, or damaged by a chat program. Throws `link.invalid`. */
export function formatQuery(parameters: readonly (readonly [name: string, value: string])[]): string {
  return parameters.map(([name, value]) => `${name}=${encodeValue(value)}`).join('&')
}

function encodeValue(value: string): string {
  if (!value.isWellFormed()) throw invalidLink('A part of the link is no Unicode text.')
  // Slashes and colons may stand in a query (RFC 3986); addresses are full of them.
  return encodeURIComponent(value)
    .replaceAll('%2F', '/')
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function decodeValue(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw invalidLink('A percent sign in the link is not followed by a character code; was it cut off?')
  }
}
