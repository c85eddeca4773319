import type { Network } from '../../network/index.ts'
import type { Transfer } from './transfer.ts'

/** Whom swarms banned by themselves, in this run. */
export function liarsOf(
  transfers: Iterable<Transfer>,
): { readonly name: string; readonly content: string }[] {
  return [...transfers].flatMap(({ swarm, record }) =>
    (swarm?.bans() ?? []).map(name => ({ name, content: record.name })),
  )
}

/** Lets whoever was banned by swarms come again; false when nobody was. */
export function pardon(transfers: Iterable<Transfer>, name: string): boolean {
  const swarms = [...transfers].flatMap(({ swarm }) => swarm ?? [])
  const banning = swarms.filter(swarm => swarm.isBanned(name))
  for (const swarm of banning) swarm.unban(name)
  return banning.length > 0
}

/** Whoever may not be talked to any more goes. */
export function dismissBlocked(transfers: Iterable<Transfer>, network: Network): void {
  for (const { swarm } of transfers)
    swarm?.dismiss(
      ({ peer, endpoint }) => !(endpoint ? network.mayReach(endpoint.address) : network.mayMeet(peer)),
      'It is banned.',
    )
}
