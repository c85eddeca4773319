export { type TrackersConfig, trackersConfig } from './config.ts'
export { Trackers } from './trackers.ts'
