import type { StoredContent } from '../../store/index.ts'
import type { Swarm } from '../../swarm/index.ts'

/** Tells the swarm which files are wanted and how much. */
export function applyChoice(swarm: Swarm, stored: StoredContent): void {
  swarm.setPriorities(file => stored.priority(file))
}
