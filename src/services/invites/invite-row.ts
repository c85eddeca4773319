import { type Invite, maxInviteGuesses } from '../../access/index.ts'
import type { InvitesHost } from './host.ts'

/** An invite of this peer as its user sees it. */
export interface InviteRow extends Invite {
  /** What the circle is called, or what is shared. Absent when it is not here any more. */
  readonly titles: readonly string[]
  /** The petname of who took it. */
  readonly usedByName?: string
  /** Wrong tries that a spoken one still bears; absent once it has ended. */
  readonly triesLeft?: number
}

export function inviteRow({ invites, nameOf, files, circles }: InvitesHost, invite: Invite): InviteRow {
  const { id, gives, by, ended, usedBy } = invite
  const name = usedBy === undefined ? undefined : nameOf(usedBy)
  const titles =
    gives.kind === 'circle'
      ? [circles?.titleOf(gives.circle)]
      : gives.kind === 'contact'
        ? []
        : gives.contents.map(content => files.titleOf(content))
  return {
    ...invite,
    titles: titles.filter(one => one !== undefined),
    ...(name !== undefined && { usedByName: name }),
    ...(by === 'code' && ended === undefined && { triesLeft: maxInviteGuesses - invites.failures(id) }),
  }
}
