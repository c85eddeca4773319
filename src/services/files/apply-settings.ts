import type { StoredContent } from '../../store/index.ts'
import type { Swarm } from '../../swarm/index.ts'
import type { TransferSettings } from './settings.ts'

/** Tells the swarm which files are wanted and how much, and what else the user set for one transfer. */
export function applySettings(swarm: Swarm, stored: StoredContent, settings: TransferSettings = {}): void {
  const { uploadBytesPerSecond, downloadBytesPerSecond, sequential, firstLast, superSeeding } = settings
  if (uploadBytesPerSecond !== undefined || downloadBytesPerSecond !== undefined)
    swarm.setLimits({ upload: uploadBytesPerSecond ?? 0, download: downloadBytesPerSecond ?? 0 })
  swarm.setSuperSeeding(superSeeding)
  swarm.setPriorities(file => stored.priority(file))
  if (stored.isComplete) return
  if (firstLast)
    for (const { index, firstPiece, pieceCount } of stored.content.files) {
      if (pieceCount === 0 || stored.priority(index) === 'skip') continue
      swarm.setPriority(firstPiece, 1, 'high')
      swarm.setPriority(firstPiece + pieceCount - 1, 1, 'high')
    }
  swarm.setSequential(sequential === true)
}
