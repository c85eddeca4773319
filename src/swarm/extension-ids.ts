import { extensionNames } from '../wire/index.ts'

/** Ids that we give to the extensions we speak (BEP 10). */
export const ownIds = {
  metadata: 1,
  peers: 2,
  publicPeers: 3,
  dontHave: 4,
  holepunch: 5,
  uploadOnly: 6,
} as const

/** What we say of them (`m`) to one peer: whether it is a member of a private swarm, and what it may be told. */
export function ownExtensions(to: {
  readonly isPublic: boolean
  readonly pex: boolean
  readonly holepunch: boolean
}): Record<string, number> {
  const names: (keyof typeof ownIds)[] = ['metadata', 'dontHave', 'uploadOnly']
  if (!to.isPublic) names.push('peers')
  if (to.isPublic && to.pex) names.push('publicPeers')
  if (to.isPublic && to.holepunch) names.push('holepunch')
  return Object.fromEntries(names.map(name => [extensionNames[name], ownIds[name]]))
}
