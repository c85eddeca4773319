import { ban, bans, unban } from './bans.ts'
import { doctor } from './doctor/doctor.ts'
import { filter, reload } from './filter.ts'
import { kademlia } from './kademlia.ts'
import { path } from './path.ts'
import { port } from './port.ts'
import { createNetworkKey, privateNetwork } from './private-network.ts'
import { relays } from './relays.ts'

/** What a user can ask of the reach service. */
export const reachOperations: Readonly<{
  ban: typeof ban
  unban: typeof unban
  bans: typeof bans
  filter: typeof filter
  reload: typeof reload
  port: typeof port
  relays: typeof relays
  doctor: typeof doctor
  path: typeof path
  kademlia: typeof kademlia
  privateNetwork: typeof privateNetwork
  createNetworkKey: typeof createNetworkKey
}> = {
  ban,
  unban,
  bans,
  filter,
  reload,
  port,
  relays,
  doctor,
  path,
  kademlia,
  privateNetwork,
  createNetworkKey,
}
