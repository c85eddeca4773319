import { PeerageError } from '../../../base/index.ts'
import type { ListedShare } from '../../../wire/index.ts'
import type { FilesHost } from '../host.ts'
import type { GetInput } from '../inputs.ts'
import { openSource, type Source } from '../source.ts'
import { pickShare, sharesOf, sourceOfShare } from './browse.ts'
import { findPerson } from './find-person.ts'
import type { Person } from './person.ts'

/** A share as a person says it: whose, and what it is called there. */
export interface NamedShare {
  readonly person: Person
  readonly name: string
}

/** One that its owner has. */
export interface FoundShare {
  readonly person: Person
  readonly share: ListedShare
}

/** `CONTACT/NAME`, or a name beside a contact. Throws `contact.unknown`, `usage.invalid`. */
export function namedShare(host: FilesHost, text: string, from?: string): NamedShare {
  if (from !== undefined) return { person: findPerson(host, from), name: text }
  const { contact, name } = splitName(text)
  return { person: findPerson(host, contact), name }
}

/** Throws `usage.invalid`. */
export function splitName(text: string): { readonly contact: string; readonly name: string } {
  const slash = text.indexOf('/')
  if (slash > 0 && slash < text.length - 1)
    return { contact: text.slice(0, slash), name: text.slice(slash + 1) }
  throw new PeerageError(
    'usage.invalid',
    `${JSON.stringify(text)} does not say whose share it is: write CONTACT/NAME.`,
  )
}

/** Where content comes from: a link, a `.torrent` file, or the share of a contact, who is asked for it. Throws what these throw, and `content.denied`. */
export async function findSource(
  host: FilesHost,
  input: GetInput,
  signal: AbortSignal,
): Promise<{ source: Source; named?: FoundShare }> {
  const { link: text, from } = input
  if (from !== undefined || isName(text)) {
    const { person, name } = namedShare(host, text, from)
    const share = pickShare(person, await sharesOf(host, person, signal), name)
    const source = sourceOfShare(host, share)
    host.denylists.checkLink(source.link)
    return { source, named: { person, share } }
  }
  if (input.keep)
    throw new PeerageError('usage.invalid', 'A link names what never changes: --keep goes with CONTACT/NAME.')
  const source = await openSource(host.store, text)
  // Whatever else it names, it names that.
  host.denylists.checkLink(source.link)
  return { source }
}

/** Paths of files are full ones here, so that they begin with a slash (or with the letter of a drive). */
function isName(text: string): boolean {
  return text.includes('/') && !/^(\s*[a-z][a-z0-9+.-]*:|[/\\])/i.test(text)
}
