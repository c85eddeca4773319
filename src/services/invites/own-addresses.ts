import { inviteMessageLimits } from '../../wire/index.ts'
import type { InvitesHost } from './host.ts'

/** Where others can reach this peer, as it tells them: loopback last. */
export function ownAddresses({ network }: InvitesHost): string[] {
  const { addresses, address } = inviteMessageLimits
  return (network?.addresses() ?? []).filter(one => one.length <= address).slice(0, addresses)
}
