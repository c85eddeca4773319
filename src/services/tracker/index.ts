import type { RunningService } from '../../base/index.ts'
import { trackerOperations } from './operations.ts'
import { type TrackerHost, TrackerService } from './tracker-service.ts'

export { type TrackerConfig, trackerConfig } from './config.ts'
export { trackerOperations } from './operations.ts'
export type { TrackerHost, TrackerService, TrackerStatus } from './tracker-service.ts'

/** The tracker service; it is a tracker while `tracker.enabled` says so. */
export function startTracker(host: TrackerHost): RunningService & { readonly state: TrackerService } {
  const tracker = new TrackerService(host)
  return { name: 'tracker', operations: trackerOperations, state: tracker, stop: async () => tracker.stop() }
}
