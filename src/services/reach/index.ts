import type { RunningService } from '../../base/index.ts'
import type { ReachHost } from './host.ts'
import { reachOperations } from './operations.ts'
import { Reach } from './reach.ts'

export type { BanRow } from './bans.ts'
export { type ReachConfig, reachConfig } from './config.ts'
export type { ConnectionRow, ConnectionsReport } from './connections.ts'
export type { Diagnosis } from './doctor/doctor.ts'
export type { Facts } from './doctor/facts.ts'
export type { Finding } from './doctor/finding.ts'
export {
  type FindingTexts,
  type FindingTopics,
  findingTexts,
  topics as findingTopics,
} from './doctor/finding-texts.ts'
export type { FindingCode, FindingValues } from './doctor/finding-values.ts'
export type { Remedied } from './doctor/remedies.ts'
export type { FilterAnswer } from './filter.ts'
export type { IpfsFacts, Liar, ReachHost } from './host.ts'
export { reachOperations } from './operations.ts'
export type { PathReport, Way } from './path-report.ts'
export type { DialBackRow, PortReport } from './port-report.ts'
export type { NewKey, PrivateNetworkReport } from './private-network.ts'
export type { CircuitRow, RelaysReport, UsedRelayRow } from './relays.ts'

/** The reach service, running: bans hold, and peers that ask are dialled back. */
export function startReach(host: ReachHost): RunningService {
  const reach = new Reach(host)
  reach.start()
  return { name: 'reach', operations: reachOperations, state: reach, stop: async () => reach.stop() }
}
