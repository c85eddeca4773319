import { ban, bans, unban } from './bans.ts'
import { connections } from './connections.ts'
import { doctor } from './doctor/doctor.ts'
import { fix } from './doctor/remedies.ts'
import { filter, reload } from './filter.ts'
import { kademlia, startKademlia, stopKademlia } from './kademlia.ts'
import { path } from './path.ts'
import { port } from './port.ts'
import { createNetworkKey, privateNetwork } from './private-network.ts'
import { testProxy } from './proxy.ts'
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
  fix: typeof fix
  connections: typeof connections
  testProxy: typeof testProxy
  path: typeof path
  kademlia: typeof kademlia
  startKademlia: typeof startKademlia
  stopKademlia: typeof stopKademlia
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
  fix,
  connections,
  testProxy,
  path,
  kademlia,
  startKademlia,
  stopKademlia,
  privateNetwork,
  createNetworkKey,
}
