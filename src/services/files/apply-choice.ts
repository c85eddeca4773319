import type { StoredContent } from '../../store/index.ts'
import type { Swarm } from '../../swarm/index.ts'

const order = ['skip', 'low', 'normal', 'high'] as const

/** Tells the swarm which files are wanted and how much. A v1 piece that several files share is wanted as the dearest of them. */
export function applyChoice(swarm: Swarm, stored: StoredContent): void {
  const { files } = stored.content
  for (const priority of order)
    for (const file of files)
      if (file.pieceCount > 0 && stored.priority(file.index) === priority)
        swarm.setPriority(file.firstPiece, file.pieceCount, priority)
}
