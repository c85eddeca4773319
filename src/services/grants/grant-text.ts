import { grantLimits } from '../../access/index.ts'
import { fromBase64url, PeerageError, toBase64url } from '../../base/index.ts'
import { openRegular } from '../../store/index.ts'

const start = 'peerage-grant:'
/** The longest text that holds a grant. */
export const maxGrantText: number = start.length + Math.ceil((grantLimits.bytes * 4) / 3)

/** A grant as a text that can be handed over in any way: it is of use to its holder only. */
export function grantText(bytes: Uint8Array): string {
  return start + toBase64url(bytes)
}

/** The envelope in a text. Throws `grant.invalid`; whether there is a grant in it is for others to see. */
export function parseGrantText(text: string): Uint8Array {
  const plain = text.trim()
  if (!plain.startsWith(start)) throw invalid(`it does not begin with ${start}`)
  if (plain.length > maxGrantText) throw invalid('it is too long')
  try {
    return fromBase64url(plain.slice(start.length))
  } catch {
    throw invalid('it is mistyped, or part of it is missing')
  }
}

/** As `parseGrantText` of the text itself, or of the file that it names. Throws `store.source-unreadable` too. */
export async function readGrant(textOrFile: string): Promise<Uint8Array> {
  if (textOrFile.trim().startsWith(start)) return parseGrantText(textOrFile)
  try {
    await using file = await openRegular(textOrFile)
    // Room for white space around it.
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maxGrantText + 1024))
    return parseGrantText(buffer.toString('latin1', 0, bytesRead))
  } catch (cause) {
    if (cause instanceof PeerageError) throw cause
    throw new PeerageError('store.source-unreadable', `${textOrFile} cannot be read.`, { cause })
  }
}

function invalid(why: string): PeerageError {
  return new PeerageError('grant.invalid', `That text is no grant: ${why}.`)
}
