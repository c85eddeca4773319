import { fromHex, fromUtf8, PeerageError, toHex, utf8 } from '../base/index.ts'

/** The key of a private network is so long. */
export const swarmKeyBytes = 32
/** Longer files are no such keys. */
export const maxSwarmKeyFileBytes = 1_024

const tag = '/key/swarm/psk/1.0.0/'

/** The file that holds the key of a private network, as Kubo and other libp2p programs have it (`swarm.key`; libp2p specs `pnet`). */
export function encodeSwarmKey(key: Uint8Array): Uint8Array {
  return utf8(`${tag}\n/base16/\n${toHex(key)}\n`)
}

/** The 32 bytes in such a file; `/base16/`, `/base64/` and `/bin/` are understood. Throws `wire.invalid`. */
export function decodeSwarmKey(file: Uint8Array): Uint8Array {
  if (file.length > maxSwarmKeyFileBytes) throw noKey('it is too long')
  const [first, afterFirst] = lineOf(file, 0)
  if (first !== tag) throw noKey(`it does not begin with ${tag}`)
  const [encoding, at] = lineOf(file, afterFirst)
  const key = encoding === '/bin/' ? file.slice(at) : textKey(encoding, lineOf(file, at)[0])
  if (key?.length !== swarmKeyBytes) throw noKey(`there are no ${swarmKeyBytes} bytes in it`)
  return key
}

/** A line, and where the next begins. What is no text is no line of such a file. */
function lineOf(file: Uint8Array, from: number): [line: string, next: number] {
  const found = file.indexOf(0x0a, from)
  const end = found < 0 ? file.length : found
  return [(fromUtf8(file.subarray(from, end)) ?? '').trim(), end + 1]
}

function textKey(encoding: string, line: string): Uint8Array | undefined {
  if (encoding === '/base16/' && /^[0-9a-f]{64}$/i.test(line)) return fromHex(line.toLowerCase())
  if (encoding !== '/base64/' || !/^[0-9a-z+/]{43}=?$/i.test(line)) return undefined
  return Uint8Array.from(atob(line), letter => letter.charCodeAt(0))
}

function noKey(why: string): PeerageError {
  return new PeerageError('wire.invalid', `This is no key of a private network: ${why}.`)
}
