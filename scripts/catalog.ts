import { type AnyOperation, errorTable } from '../src/base/index.ts'
import { type CommandInfo, commandOf } from '../src/cli/index.ts'
import { daemonSections, loadDaemonOperations } from '../src/daemon/index.ts'
import {
  Config,
  type ConfigEntry,
  configOperations,
  describeOperations,
  type OperationDescription,
  peerSections,
} from '../src/peer/index.ts'
import { accessOperations } from '../src/services/access/index.ts'
import { carOperations } from '../src/services/car/index.ts'
import { circlesOperations } from '../src/services/circles/index.ts'
import { contactsOperations } from '../src/services/contacts/index.ts'
import { dhtOperations } from '../src/services/dht/index.ts'
import { filesOperations } from '../src/services/files/index.ts'
import { foldersOperations } from '../src/services/folders/index.ts'
import { gatewayOperations } from '../src/services/gateway/index.ts'
import { grantsOperations } from '../src/services/grants/index.ts'
import { identityOperations } from '../src/services/identity/index.ts'
import { invitesOperations } from '../src/services/invites/index.ts'
import { ipfsOperations } from '../src/services/ipfs/index.ts'
import { limitsOperations } from '../src/services/limits/index.ts'
import { namesOperations } from '../src/services/names/index.ts'
import { pinsOperations } from '../src/services/pins/index.ts'
import { reachOperations } from '../src/services/reach/index.ts'
import { setupOperations } from '../src/services/setup/index.ts'
import { trackerOperations } from '../src/services/tracker/index.ts'

/** All that the references and the command line are made from. */
export interface Catalog {
  readonly operations: readonly OperationDescription[]
  /** In the order in which they are told of. */
  readonly services: readonly string[]
  readonly commands: readonly CommandInfo[]
  readonly settings: readonly ConfigEntry[]
  readonly errors: typeof errorTable
}

export async function loadCatalog(): Promise<Catalog> {
  const services: Record<string, Readonly<Record<string, AnyOperation>>> = {
    files: filesOperations,
    folders: foldersOperations,
    setup: setupOperations,
    access: accessOperations,
    dht: dhtOperations,
    names: namesOperations,
    ipfs: ipfsOperations,
    invites: invitesOperations,
    pins: pinsOperations,
    car: carOperations,
    reach: reachOperations,
    limits: limitsOperations,
    tracker: trackerOperations,
    gateway: gatewayOperations,
    circles: circlesOperations,
    contacts: contactsOperations,
    identity: identityOperations,
    grants: grantsOperations,
    config: configOperations,
    ...(await loadDaemonOperations()),
  }
  const operations = describeOperations(
    Object.entries(services).flatMap(([service, own]) =>
      Object.entries(own).map(([name, operation]) => [`${service}.${name}`, operation] as const),
    ),
  )
  const config = await Config.load({ sections: { ...peerSections, ...(await daemonSections()) } })
  return {
    operations,
    services: Object.keys(services),
    commands: operations.map(commandOf),
    settings: config.list(),
    errors: errorTable,
  }
}
