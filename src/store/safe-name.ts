import { PeerageError, sha256, toHex, utf8 } from '../base/index.ts'

/** Longest component that common file systems take, in UTF-8 bytes. */
export const maxNameBytes = 255

export interface NameRules {
  /**
   * The target holds any name as it is (ext4, xfs, ...): names that only Windows or case-folding file systems cannot
   * hold are kept. False: names that fit everywhere.
   */
  readonly exact: boolean
}

// C0, DEL, C1; bidi marks, embeddings, overrides and isolates (UAX 9, UTS 55); invisible spaces; line and paragraph
// separators; tags; half surrogates. ZWJ and ZWNJ stay: names of people need them.
const neverShown =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a file name
  /[\u0000-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu
const illegalOnWindows = /[<>:"|?*\\]/g
// Device names with anything behind them: `CON`, `con.x.y`, `CON .txt`, `COM¹` (Naming Files, learn.microsoft.com).
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$) *(?:\.|$)/i
const plain = /^\w(?:[\w +,@()=~.-]*[\w)~])?$/

/** True when a component would lead elsewhere on some system: these are refused, all others are mapped. */
export function escapes(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return true
  if (name.includes('/') || name.includes('\0')) return true
  return /^[a-z]:[\\/]/i.test(name) || (name.includes('\\') && /(?:^|\\)(?:\.\.)?(?:\\|$)/.test(name))
}

/**
 * One component that is safe to create and honest to see. What would escape is refused; controls, bidi marks and
 * (unless `exact`) characters Windows cannot hold become `_`; device names get a leading `_`; over-long names are cut,
 * with a piece of their hash so that the same name is always cut the same way.
 *
 * @throws PeerageError `path.unsafe`
 */
export function safeName(name: string, rules: NameRules): string {
  if (name.length < 100 && plain.test(name) && !device.test(name)) return name
  if (escapes(name)) throw unsafe(`The name ${shown(name)} would lead outside its folder.`, name)
  let safe = name.replace(neverShown, '_')
  if (!rules.exact) safe = withoutTrailing(safe.replace(illegalOnWindows, '_'))
  if (device.test(safe)) safe = `_${safe}`
  return shorten(safe, maxNameBytes)
}

/** Dots and spaces at the end become `_`. By hand: `/[. ]+$/` takes quadratic time on a name that is full of them. */
function withoutTrailing(name: string): string {
  let end = name.length
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end--
  return name.slice(0, end) + '_'.repeat(name.length - end)
}

/** It has characters that are not seen, or that change the order of those that are. */
export function hasUnseen(name: string): boolean {
  return name.search(neverShown) >= 0
}

/** Some systems take it for a device. */
export function isDeviceName(name: string): boolean {
  return device.test(name)
}

/** `name` itself when it fits, else its beginning, a piece of its hash and its extension. */
export function shorten(name: string, maxBytes: number): string {
  const bytes = utf8(name)
  if (bytes.length <= maxBytes) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && utf8(name.slice(dot)).length <= 16 ? name.slice(dot) : ''
  const tag = `~${toHex(sha256(bytes.subarray(0, 65536)).subarray(0, 4))}`
  return cut(name, maxBytes - tag.length - utf8(extension).length) + tag + extension
}

/** Puts `mark` before the extension and keeps the whole within `maxNameBytes`. */
export function withMark(name: string, mark: string): string {
  const dot = name.lastIndexOf('.')
  const at = dot > 0 && name.length - dot <= 16 ? dot : name.length
  const extension = name.slice(at)
  return cut(name.slice(0, at), maxNameBytes - utf8(mark + extension).length) + mark + extension
}

function cut(name: string, maxBytes: number): string {
  let bytes = 0
  let out = ''
  for (const char of name) {
    bytes += utf8(char).length
    if (bytes > maxBytes) break
    out += char
  }
  return out
}

export function unsafe(message: string, path: string): PeerageError {
  return new PeerageError('path.unsafe', message, { details: { path: path.slice(0, 300) } })
}

/** A hostile name as it may stand in a message. */
export function shown(name: string): string {
  return JSON.stringify(name.slice(0, 80).replace(neverShown, '\ufffd'))
}
