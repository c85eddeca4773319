export { type AnnouncedContent, Announcer } from './announcer.ts'
export { type TrackersConfig, trackersConfig } from './config.ts'
export { Trackers } from './trackers.ts'
