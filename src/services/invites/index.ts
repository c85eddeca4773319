import type { RunningService } from '../../base/index.ts'
import type { InvitesHost } from './host.ts'
import { InviteService } from './invite-service.ts'
import { invitesOperations } from './operations.ts'

export { type InvitesConfig, invitesConfig } from './config.ts'
export type {
  CirclesPort,
  FetchProgress,
  FilesPort,
  InvitesEvent,
  InvitesHost,
} from './host.ts'
export type { InviteRow } from './invite-row.ts'
export { invitesOperations } from './operations.ts'
export type { AcceptUpdate, InviteUpdate, OfferRow, ReceiveUpdate, SendUpdate } from './updates.ts'

/** The invites service, running: invites that were given out can be taken, and others meet here if they may. */
export function startInvites(host: InvitesHost): RunningService {
  const service = new InviteService(host)
  service.start()
  return { name: 'invites', operations: invitesOperations, state: service, stop: async () => service.stop() }
}
