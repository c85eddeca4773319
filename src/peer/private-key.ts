import { isAbsolute } from 'node:path'
import { PeerageError } from '../base/index.ts'
import { openRegular } from '../store/index.ts'
import { decodeSwarmKey, maxSwarmKeyFileBytes } from '../wire/index.ts'

/** The key in the file of `network.privateNetworkKey`; undefined when none is named. Throws `config.invalid`. */
export async function privateKeyOf(path: string): Promise<Uint8Array | undefined> {
  if (path === '') return undefined
  try {
    if (!isAbsolute(path)) throw new Error('it must be named from the root')
    return decodeSwarmKey(await head(path))
  } catch (cause) {
    const why = cause instanceof PeerageError ? cause.message : String((cause as Error).message)
    // Without the key this peer would talk to everyone: it rather does not start.
    throw new PeerageError('config.invalid', `network.privateNetworkKey: ${path} cannot be used: ${why}`, {
      cause,
    })
  }
}

/** As much of it as such a file has, and a byte more. */
async function head(path: string): Promise<Uint8Array> {
  await using file = await openRegular(path)
  const { buffer, bytesRead } = await file.read(
    Buffer.alloc(maxSwarmKeyFileBytes + 1),
    0,
    maxSwarmKeyFileBytes + 1,
  )
  return buffer.subarray(0, bytesRead)
}
