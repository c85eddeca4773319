import type { Contact } from './contact.ts'
import type { Provider } from './provider-store.ts'

/** What one peer asks of another; keys as in `kad-dht`, "RPC messages". */
export type Question =
  | { readonly type: 'FIND_NODE' | 'GET_PROVIDERS' | 'GET_VALUE'; readonly key: Uint8Array }
  | { readonly type: 'PUT_VALUE'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'ADD_PROVIDER'; readonly key: Uint8Array; readonly addresses: readonly string[] }
  | { readonly type: 'PING' }

export interface Answer {
  readonly closer: readonly Contact[]
  readonly providers: readonly Provider[]
  readonly value?: Uint8Array | undefined
}

/** Who asks. */
export interface Asker {
  /** PeerId, proven. */
  readonly peer: string
  /** The group of the address that it asks from. */
  readonly group: string | undefined
}

/** Asks one peer. `answer` is undefined for what is not answered; `group` is that of the address at which it is. */
export type Ask = (
  contact: Contact,
  question: Question,
  signal: AbortSignal,
) => Promise<{ readonly answer: Answer | undefined; readonly group: string | undefined }>
