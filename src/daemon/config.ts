import { z } from '../base/index.ts'

export interface DaemonConfig {
  apiPort: number
  maxBodyBytes: number
  maxApiConnections: number
  maxEventListeners: number
  maxUploads: number
  maxUploadFiles: number
  uploadIdleMs: number
  stopTimeoutMs: number
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  maxLogBytes: number
  keptLogs: number
  shownLogEntries: number
}

/** The port that is tried first when none is configured; when it is taken, any free one is used. */
export const usualApiPort = 7420

export const daemonConfig: z.ZodType<DaemonConfig> = z.object({
  apiPort: z
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(usualApiPort)
    .describe('TCP port of the local API on 127.0.0.1; 0 takes any free one.'),
  maxBodyBytes: z
    .number()
    .int()
    .min(1024)
    .max(64 * 2 ** 20)
    .default(2 ** 20)
    .describe('Largest body of a request to the local API, in bytes.'),
  maxApiConnections: z
    .number()
    .int()
    .min(4)
    .max(4096)
    .default(256)
    .describe('Open connections to the local API; more are closed at once.'),
  maxEventListeners: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .default(32)
    .describe('Listeners to the event stream of the local API at one time.'),
  maxUploads: z
    .int()
    .min(1)
    .max(1000)
    .default(8)
    .describe('Uploads from browsers at one time, each of a file or of a folder.'),
  maxUploadFiles: z
    .int()
    .min(1)
    .max(100_000)
    .default(20_000)
    .describe('Files in one folder that a browser uploads.'),
  uploadIdleMs: z
    .int()
    .min(1000)
    .default(600_000)
    .describe('Time after which an upload that nobody goes on with is deleted, in ms.'),
  stopTimeoutMs: z
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(10_000)
    .describe('Time to stop in good order before the process ends anyway, in ms.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least important kind of entry that goes to HOME/log/peerage.log.'),
  maxLogBytes: z
    .number()
    .int()
    .min(64 * 1024)
    .default(5 * 2 ** 20)
    .describe('Size of the log file from which a new one is begun, in bytes.'),
  keptLogs: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(3)
    .describe('Old log files that are kept beside the current one.'),
  shownLogEntries: z
    .int()
    .min(100)
    .max(100_000)
    .default(5_000)
    .describe('Entries of the log that are kept in memory, to be shown and searched.'),
})
