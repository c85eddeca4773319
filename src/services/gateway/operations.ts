import { type ValueOperation, z } from '../../base/index.ts'
import type { Gateway, GatewayStatus, GatewayUrl } from './gateway.ts'

type Nothing = Record<never, never>
const nothing = z.object({})

const status: ValueOperation<Gateway, Nothing, GatewayStatus> = {
  summary: 'Show whether content is served over HTTP to this computer, and where',
  input: nothing,
  action: 'read',
  kind: 'value',
  command: { words: 'gateway', example: 'peerage gateway' },
  run: async gateway => gateway.status(),
}

const start: ValueOperation<Gateway, Nothing, GatewayStatus> = {
  summary: 'Serve content of IPFS to browsers and programs of this computer from now on',
  input: nothing,
  action: 'write',
  kind: 'value',
  command: { words: 'gateway start', example: 'peerage gateway start' },
  run: gateway => gateway.setEnabled(true),
}

const stop: ValueOperation<Gateway, Nothing, GatewayStatus> = {
  summary: 'Serve content over HTTP no longer',
  input: nothing,
  action: 'write',
  kind: 'value',
  command: { words: 'gateway stop', example: 'peerage gateway stop' },
  run: gateway => gateway.setEnabled(false),
}

const url: ValueOperation<Gateway, { what: string }, GatewayUrl> = {
  summary: 'Print the URL at which a content can be looked at on this computer',
  input: z.object({
    what: z
      .string()
      .min(1)
      .max(8_192)
      .describe('A CID, a link, or the name or info hash of a share that is on IPFS'),
  }),
  // The URL of a private content has the key to it.
  action: 'write',
  kind: 'value',
  command: { words: 'gateway url', positional: ['what'], example: 'peerage gateway url bafybei...' },
  run: async (gateway, { what }) => gateway.urlOf(what),
}

/** What a user can ask of the gateway. */
export const gatewayOperations: Readonly<{
  status: typeof status
  start: typeof start
  stop: typeof stop
  url: typeof url
}> = { status, start, stop, url }
