import { type Access, type AuditLog, contentResource } from '../access/index.ts'
import { PeerageError, type World } from '../base/index.ts'
import type { AccessHost } from '../services/access/index.ts'
import type { Files } from '../services/files/index.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { EventStream } from './events.ts'

interface AccessHostParts {
  readonly access: Access
  readonly audit: AuditLog
  readonly world: World
  readonly known: Acquaintances
  readonly files: Pick<Files, 'find'>
  readonly events: EventStream
}

/** What the access service sees of people, circles and contents. */
export function accessHost({ access, audit, world, known, files, events }: AccessHostParts): AccessHost {
  const { people, names } = known
  return {
    access,
    audit,
    world,
    personOf: names.personOf,
    keysOf(peer) {
      const person = people.personOf(peer)
      const devices = people.devicesOf(person).map(({ device }) => device)
      return [peer, person, ...people.formerly(person), ...devices]
    },
    subjectOf: names.subjectOf,
    nameOf: names.subjectName,
    contentOf: text => contentResource(files.find(text).infoHash),
    titleOf(resource) {
      const hash = /^content:([0-9a-f]+)$/.exec(resource)?.[1]
      return hash === undefined ? undefined : titleOf(files, hash)
    },
    emit: event => events.emit(event),
  }
}

/** What a content is called; undefined when it is not here or has no name. */
export function titleOf(files: Pick<Files, 'find'>, hash: string): string | undefined {
  try {
    return files.find(hash).record.name || undefined
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
