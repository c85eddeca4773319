import type { Grants } from '../access/index.ts'
import { type AccessHost, resourceOf } from '../services/access/index.ts'
import type { GrantsHost } from '../services/grants/index.ts'

/** What the grants service sees of people, circles and contents: the same as the access service, with the grants. */
export function grantsHost(host: AccessHost, grants: Grants): GrantsHost {
  const { access, world } = host
  return {
    world,
    access,
    grants,
    holderOf: text => (text.startsWith('circle:') ? host.subjectOf(text) : host.personOf(text)),
    nameOf: holder => host.nameOf(holder.startsWith('circle:') ? holder : `peer:${holder}`),
    resourceOf: text => resourceOf(host, text),
    titleOf: resource => host.titleOf(resource) ?? resource,
  }
}
