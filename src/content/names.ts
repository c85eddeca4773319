import { PeerageError } from '../base/index.ts'

// A byte order mark is part of the name: without `ignoreBOM` two names could become one.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A refusal of an info dictionary. */
export function invalidContent(message: string, details?: Readonly<Record<string, unknown>>): PeerageError {
  return new PeerageError('content.invalid', message, details === undefined ? {} : { details })
}

/** UTF-8 text of `bytes` as it stands, a byte order mark included; undefined when it is not UTF-8. */
export function exactText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** The name that a dictionary key (a binary string) spells. Throws `content.invalid`. */
export function nameOfKey(key: string, maxBytes: number): string {
  for (let i = 0; i < key.length; i++) {
    if (key.charCodeAt(i) < 0x80) continue
    const bytes = Uint8Array.from(key, char => char.charCodeAt(0))
    return nameOfBytes(bytes, maxBytes)
  }
  if (key.length > maxBytes) throw tooLong(key, maxBytes)
  return checkName(key)
}

/** The name that `bytes` spell. Throws `content.invalid` unless it is UTF-8 and may stand in a path. */
export function nameOfBytes(bytes: Uint8Array, maxBytes: number): string {
  const text = exactText(bytes)
  if (text === undefined) throw invalidContent('A file or folder name is not UTF-8 text.')
  if (bytes.length > maxBytes) throw tooLong(text, maxBytes)
  return checkName(text)
}

/**
 * Returns `name` when it can be one component of a path on any system at all; whether this system can have it is for the
 * store to say. Throws `content.invalid`.
 */
export function checkName(name: string): string {
  if (name === '') throw invalidContent('A file or folder has no name.')
  if (name === '.' || name === '..') throw invalidContent(`A file or folder is called "${name}".`)
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code === 0x2f || code === 0)
      throw invalidContent(`The name ${quoted(name)} contains a ${code === 0 ? 'NUL' : 'slash'}.`)
  }
  return name
}

/** A hostile name made fit for a message: quoted, escaped and short. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name)
}

function tooLong(name: string, maxBytes: number): PeerageError {
  return invalidContent(`The name ${quoted(name)} is longer than ${maxBytes} bytes.`, { maxBytes })
}
