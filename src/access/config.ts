import { z } from '../base/index.ts'

export interface AccessConfig {
  readonly onlyKnown: boolean
  readonly maxPolicies: number
  readonly grantDays: number
  readonly failedHellosPerMinute: number
  readonly watchedPeers: number
  readonly maxBans: number
  readonly maxRevocationLists: number
  readonly maxGrants: number
  readonly maxPeople: number
  readonly maxContacts: number
  readonly maxInvites: number
  readonly maxMeters: number
  readonly auditFileBytes: number
  readonly auditFiles: number
  readonly auditStrangersPerMinute: number
  readonly maxCircles: number
}

export const accessConfig: z.ZodType<AccessConfig> = z.object({
  onlyKnown: z
    .boolean()
    .default(false)
    .describe(
      "Talk only to contacts, to members of the user's circles and to the user's own devices; while an invite is open, also to who comes for it.",
    ),
  maxPolicies: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(100_000)
    .describe('How many resources may have a policy.'),
  grantDays: z
    .number()
    .min(0.01)
    .max(366)
    .default(30)
    .describe(
      'How long a grant to a peer is good for, in days; it is renewed whenever that peer meets the owner.',
    ),
  failedHellosPerMinute: z
    .int()
    .min(1)
    .max(100_000)
    .default(60)
    .describe(
      'How many refused requests for content one peer may make a minute before it is no longer examined.',
    ),
  watchedPeers: z
    .int()
    .min(16)
    .max(1_000_000)
    .default(4096)
    .describe('Of how many peers refused requests are counted at once.'),
  maxBans: z
    .int()
    .min(1)
    .max(100_000)
    .default(10_000)
    .describe('How many peers and ranges of addresses may be banned.'),
  maxGrants: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(100_000)
    .describe('How many grants of others are kept, and of how many own ones it is remembered who has them.'),
  maxRevocationLists: z
    .int()
    .min(1)
    .max(100_000)
    .default(1024)
    .describe('Of how many peers lists of revoked grants are kept.'),
  maxPeople: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(20_000)
    .describe('Of how many keys it is kept which devices and which later keys belong to them.'),
  maxContacts: z.int().min(1).max(1_000_000).default(10_000).describe('How many contacts there may be.'),
  maxInvites: z
    .int()
    .min(1)
    .max(10_000)
    .default(256)
    .describe('How many invites may be kept, those that were used included.'),
  maxMeters: z
    .int()
    .min(16)
    .max(10_000_000)
    .default(100_000)
    .describe(
      'For how many people and rules with a quota it is counted what they used; strangers get at most half.',
    ),
  auditFileBytes: z
    .int()
    .min(4096)
    .max(1_000_000_000)
    .default(4_000_000)
    .describe('How long one file of the audit log may be, in bytes; then the next one is begun.'),
  auditFiles: z.int().min(2).max(100).default(8).describe('How many files of the audit log are kept.'),
  auditStrangersPerMinute: z
    .int()
    .min(1)
    .max(100_000)
    .default(60)
    .describe(
      'How many different requests of strangers a minute are logged one by one; more are only counted.',
    ),
  maxCircles: z
    .int()
    .min(1)
    .max(10_000)
    .default(1000)
    .describe('How many circles may be kept, also those that were left and not forgotten.'),
})

/** Every default of `accessConfig`. */
export const defaultAccessConfig: AccessConfig = accessConfig.parse({})
