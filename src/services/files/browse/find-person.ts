import { canonicalPeerId } from '../../../access/index.ts'
import { PeerageError } from '../../../base/index.ts'
import type { FilesHost } from '../host.ts'
import { peerOf } from '../members.ts'
import type { Person } from './person.ts'

/** A contact by its name, or any peer by its PeerId or a full address. Throws `contact.unknown`. */
export function findPerson({ personOf }: Pick<FilesHost, 'personOf'>, text: string): Person {
  const name = text.trim()
  const person = personOf?.(name) ?? peerByAddress(name)
  if (person !== undefined) return person
  throw new PeerageError('contact.unknown', `There is no contact ${JSON.stringify(name)} here.`)
}

function peerByAddress(text: string): Person | undefined {
  const isAddress = text.startsWith('/')
  const id = isAddress ? peerOf(text) : text
  try {
    const peer = canonicalPeerId(id ?? '')
    return { name: peer, id: peer, devices: [{ peer, addresses: isAddress ? [text] : [] }] }
  } catch {
    return undefined
  }
}
