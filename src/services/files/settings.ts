/** What a user may set for one transfer. */
export interface TransferSettings {
  /** In bytes per second; 0 is none. */
  uploadBytesPerSecond?: number | undefined
  downloadBytesPerSecond?: number | undefined
  /** Pieces in order, for watching while it comes. */
  sequential?: boolean | undefined
  /** First and last piece of each file first, for players that look there. */
  firstLast?: boolean | undefined
  /** BEP 16. */
  superSeeding?: boolean | undefined
  /** Stop seeding at this ratio of bytes sent to size, or after so many minutes; 0 is never. */
  ratio?: number | undefined
  seedingMinutes?: number | undefined
  /** Runs whatever the limits of the queue say. */
  forced?: boolean | undefined
  /** Place in the queue; those with less go first. */
  position?: number | undefined
}
