import { z } from '../../base/index.ts'

/** How often contents are announced on the local networks, and how much is listened to. */
export interface LsdConfig {
  readonly intervalMs: number
  readonly minIntervalMs: number
  readonly packetMs: number
  readonly maxPacketsPerMinute: number
  readonly maxSenders: number
}

const count = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(86_400_000).default(initial).describe(text)

export const lsdConfig: z.ZodType<LsdConfig> = z.object({
  intervalMs: count(300_000, 'A content is announced on the local networks this often, in ms (BEP 14).'),
  minIntervalMs: count(60_000, 'And never again sooner than this, in ms.'),
  packetMs: count(200, 'Time between two packets to one local network, in ms.'),
  maxPacketsPerMinute: count(120, 'Packets of one sender on the local networks that are read in a minute.'),
  maxSenders: count(256, 'Senders on the local networks that are listened to in a minute.'),
})
