import { fromUtf8 } from '../../base/index.ts'

const byEnding: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  css: 'text/css; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  epub: 'application/epub+zip',
  flac: 'audio/flac',
  gif: 'image/gif',
  gz: 'application/gzip',
  htm: 'text/html',
  html: 'text/html',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  jsonld: 'application/ld+json',
  m4a: 'audio/mp4',
  m4v: 'video/mp4',
  map: 'application/json',
  md: 'text/markdown; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  mpd: 'application/dash+xml',
  m3u8: 'application/vnd.apple.mpegurl',
  mkv: 'video/x-matroska',
  oga: 'audio/ogg',
  ogg: 'audio/ogg',
  ogv: 'video/ogg',
  opus: 'audio/ogg',
  otf: 'font/otf',
  pdf: 'application/pdf',
  png: 'image/png',
  rss: 'application/rss+xml',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  ts: 'video/mp2t',
  ttf: 'font/ttf',
  txt: 'text/plain; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
  wasm: 'application/wasm',
  wav: 'audio/wav',
  webm: 'video/webm',
  webmanifest: 'application/manifest+json',
  webp: 'image/webp',
  woff: 'font/woff',
  woff2: 'font/woff2',
  xhtml: 'application/xhtml+xml',
  xml: 'application/xml',
  zip: 'application/zip',
}

/** What a file begins with (WHATWG "MIME Sniffing", section 6): where, bytes in Latin-1, type. */
const magic: readonly (readonly [number, string, string])[] = [
  [0, '\x89PNG\r\n\x1a\n', 'image/png'],
  [0, '\xff\xd8\xff', 'image/jpeg'],
  [0, 'GIF8', 'image/gif'],
  [8, 'WEBP', 'image/webp'],
  [8, 'WAVE', 'audio/wav'],
  [4, 'ftypavif', 'image/avif'],
  [4, 'ftyp', 'video/mp4'],
  [0, '\x1a\x45\xdf\xa3', 'video/webm'],
  [0, 'OggS', 'application/ogg'],
  [0, 'ID3', 'audio/mpeg'],
  [0, 'fLaC', 'audio/flac'],
  [0, '%PDF-', 'application/pdf'],
  [0, 'PK\x03\x04', 'application/zip'],
  [0, '\x1f\x8b', 'application/gzip'],
  [0, 'wOFF', 'font/woff'],
  [0, 'wOF2', 'font/woff2'],
  [0, '\x00asm', 'application/wasm'],
]

/** How much of a file is looked at, in bytes. */
export const sniffedBytes = 512

/** The type that the ending of a name says, if it is one that browsers know. */
export function typeByName(name: string): string | undefined {
  const ending = /\.([a-z0-9]{1,12})$/i.exec(name)?.[1]?.toLowerCase()
  return ending === undefined || !Object.hasOwn(byEnding, ending) ? undefined : byEnding[ending]
}

/**
 * The type that the first bytes of a file tell (`sniffedBytes` are enough). With `nosniff` browsers believe what we say: this is asked only
 * where the name says nothing, as the path gateway specification wants it.
 */
export function typeByBytes(first: Uint8Array): string {
  return sniffed(first.subarray(0, sniffedBytes))
}

function sniffed(first: Uint8Array): string {
  const head = Array.from(first.subarray(0, 16), byte => String.fromCharCode(byte)).join('')
  const known = magic.find(([at, bytes]) => head.startsWith(bytes, at))
  if (known !== undefined) return known[2]
  const text = textIn(first)
  if (text === undefined) return 'application/octet-stream'
  const start = text.trimStart().slice(0, 256).toLowerCase()
  if (/^(?:<!doctype html|<html|<head|<body)/.test(start)) return 'text/html; charset=utf-8'
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<svg[\s>]/s.test(start)) return 'image/svg+xml'
  return isJson(text, first.length < sniffedBytes) ? 'application/json' : 'text/plain; charset=utf-8'
}

/** A map or a list of JSON; where the looking ends before the text does, what it begins with has to do. */
function isJson(text: string, isWhole: boolean): boolean {
  const start = text.trimStart()
  if (!/^[{[]/.test(start)) return false
  if (!isWhole) return /^(?:\[\s*)?\{\s*"(?:[^"\\]|\\.)*"\s*:/.test(start)
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Undefined for what is no text; a character may be cut off at the end. */
function textIn(bytes: Uint8Array): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const isBinary = (text: string): boolean => /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text)
  for (let cut = 0; cut < 4; cut++) {
    const text = fromUtf8(bytes.subarray(0, bytes.length - cut))
    if (text !== undefined) return isBinary(text) ? undefined : text
    if (bytes.length < sniffedBytes) break
  }
  return undefined
}
