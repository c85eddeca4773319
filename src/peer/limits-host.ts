import type { World } from '../base/index.ts'
import type { FilesConfig } from '../services/files/index.ts'
import { type LimitsConfig, type LimitsHost, limitsConfig } from '../services/limits/index.ts'
import type { Config } from './config.ts'
import type { EventStream } from './events.ts'

/** The limits of the whole machine, as they are configured at each moment. */
export function limitsHost(config: Config, events: EventStream, world: World): LimitsHost {
  return {
    world,
    settings() {
      const { uploadBytesPerSecond, downloadBytesPerSecond } = config.section<FilesConfig>('files')
      return { ...config.section<LimitsConfig>('limits'), uploadBytesPerSecond, downloadBytesPerSecond }
    },
    async set(key, value) {
      await config.set(key, value)
    },
    changed: now => events.emit({ type: 'limits.changed', now }),
  }
}

/** What changes the limits; they follow it at once. */
export const limitKeys: readonly string[] = [
  'files.uploadBytesPerSecond',
  'files.downloadBytesPerSecond',
  ...Object.keys(limitsConfig.parse({})).map(key => `limits.${key}`),
]
