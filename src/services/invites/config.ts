import { z } from '../../base/index.ts'

export interface InvitesConfig {
  readonly name: string
  readonly meetFor: 'contacts' | 'everyone' | 'nobody'
  readonly meetingPoints: readonly string[]
  readonly maxWaiting: number
  readonly maxWaitingPerPeer: number
  readonly maxMeetings: number
  readonly meetingMinutes: number
  readonly meetingBytes: number
  readonly refusalsPerMinute: number
  readonly knocksPerMinute: number
}

const count = (fallback: number, max: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(max).default(fallback).describe(text)

export const invitesConfig: z.ZodType<InvitesConfig> = z.object({
  name: z
    .string()
    .max(64)
    .default('')
    .describe('What others are told that you are called; the name of your account when empty.'),
  meetFor: z
    .enum(['contacts', 'everyone', 'nobody'])
    .default('contacts')
    .describe('For whom this peer passes the messages of invites on: contacts and fellows of circles.'),
  meetingPoints: z
    .array(z.string().max(512))
    .max(16)
    .default([])
    .describe('Addresses of peers that are asked to pass the messages of invites on, beside contacts.'),
  maxWaiting: count(256, 100_000, 'How many invites of others may wait here for whoever takes them.'),
  maxWaitingPerPeer: count(4, 1_000, 'How many of them one peer may have.'),
  maxMeetings: count(64, 10_000, 'How many meetings of others may go on here at once.'),
  meetingMinutes: count(10, 1_440, 'How long one meeting of others may take, in minutes.'),
  meetingBytes: count(1_048_576, 1_073_741_824, 'How much either side of it may send, in bytes.'),
  refusalsPerMinute: count(
    20,
    10_000,
    'How many refused tries to take an invite one peer may make a minute before it is no longer heard.',
  ),
  knocksPerMinute: count(
    120,
    100_000,
    'How many tries all peers together may make a minute: each costs some milliseconds of computing.',
  ),
})
