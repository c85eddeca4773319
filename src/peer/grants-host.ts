import { type Access, contentResource, type Grants, isResourceName } from '../access/index.ts'
import { PeerageError, type World } from '../base/index.ts'
import type { Files } from '../services/files/index.ts'
import type { GrantsHost } from '../services/grants/index.ts'
import type { Names } from './names.ts'

interface GrantsHostParts {
  readonly world: World
  readonly access: Access
  readonly grants: Grants
  readonly names: Names
  readonly files: Pick<Files, 'find'>
}

/** What the grants service sees of people, circles and contents. */
export function grantsHost({ world, access, grants, names, files }: GrantsHostParts): GrantsHost {
  const contentOf = (text: string) => files.find(text)
  return {
    world,
    access,
    grants,
    holderOf: text => (text.startsWith('circle:') ? names.subjectOf(text) : names.personOf(text)),
    nameOf: holder => names.subjectName(holder.startsWith('circle:') ? holder : `peer:${holder}`),
    resourceOf(text) {
      if (access.policy(text) !== undefined) return text
      try {
        return contentResource(contentOf(text).infoHash)
      } catch (error) {
        const isName = isResourceName(text) && !/^(magnet|peerage|content):/.test(text)
        if (isName && error instanceof PeerageError && error.code === 'content.unknown') return text
        throw error
      }
    },
    titleOf(resource) {
      const hash = /^content:([0-9a-f]+)$/.exec(resource)?.[1]
      try {
        return (hash !== undefined && contentOf(hash).record.name) || resource
      } catch (error) {
        if (error instanceof PeerageError) return resource
        throw error
      }
    },
  }
}
