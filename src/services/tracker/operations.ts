import { type ValueOperation, z } from '../../base/index.ts'
import type { TrackerService, TrackerStatus } from './tracker-service.ts'

type Nothing = Record<never, never>
const nothing = z.object({})

const status: ValueOperation<TrackerService, Nothing, TrackerStatus> = {
  summary: 'Show whether this peer is a tracker, and where',
  input: nothing,
  action: 'read',
  kind: 'value',
  command: { words: 'tracker', example: 'peerage tracker' },
  run: async tracker => tracker.status(),
}

const start: ValueOperation<TrackerService, Nothing, TrackerStatus> = {
  summary: 'Be a BitTorrent tracker for others, over HTTP and UDP, from now on',
  input: nothing,
  action: 'write',
  kind: 'value',
  command: { words: 'tracker start', example: 'peerage tracker start' },
  run: tracker => tracker.setEnabled(true),
}

const stop: ValueOperation<TrackerService, Nothing, TrackerStatus> = {
  summary: 'Be a tracker no longer; who had announced is forgotten',
  input: nothing,
  action: 'write',
  kind: 'value',
  command: { words: 'tracker stop', example: 'peerage tracker stop' },
  run: tracker => tracker.setEnabled(false),
}

export const trackerOperations: Readonly<{ status: typeof status; start: typeof start; stop: typeof stop }> =
  { status, start, stop }
