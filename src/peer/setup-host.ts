import type { Contacts } from '../access/index.ts'
import type { Files } from '../services/files/index.ts'
import type { SetupHost } from '../services/setup/index.ts'
import type { Store } from '../store/index.ts'
import type { Config } from './config.ts'
import type { EventStream } from './events.ts'

export interface SetupParts {
  readonly config: Config
  readonly events: EventStream
  readonly store: Pick<Store, 'state'>
  readonly files: Files
  readonly contacts: Contacts
  readonly accountName: string
}

/** Joins what a new user is asked with the configuration, and with what shows that a user is not new. */
export function setupHost({ config, events, store, files, contacts, accountName }: SetupParts): SetupHost {
  return {
    accountName,
    state: store.state,
    value: key => config.entry(key).value,
    isGiven: key => !['default', 'preset'].includes(config.entry(key).source),
    async change(key, value) {
      const { needsRestart } = await config.set(key, value)
      events.emit({ type: 'config.changed', key, needsRestart })
      return { needsRestart }
    },
    isInUse: () => files.list().length > 0 || contacts.list().length > 0,
  }
}
