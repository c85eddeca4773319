import { z } from '../../base/index.ts'

/** How this peer finds who has what in the IPFS network. */
export interface IpfsRoutingConfig {
  readonly dht: 'auto' | 'client' | 'server' | 'off'
  readonly bootstrap: string[]
  readonly servers: string[]
  readonly dnsOverHttps: string
  readonly reprovideMs: number
  readonly maxProvided: number
  readonly serverTimeoutMs: number
  readonly maxServerProviders: number
}

const url: z.ZodType<string> = z
  .string()
  .max(512)
  .refine(text => /^https?:\/\//.test(text) && URL.canParse(text), 'This is no http(s) URL.')
const hourMs = 3_600_000

export const ipfsRoutingConfig: z.ZodType<IpfsRoutingConfig, unknown> = z.object({
  dht: z
    .enum(['auto', 'client', 'server', 'off'])
    .default('auto')
    .describe(
      'Part in the Kademlia network of IPFS (Amino): auto (answer others when this peer is reachable from outside), client (only ask), server, off.',
    ),
  bootstrap: z
    .array(z.string().max(512))
    .max(64)
    .default([
      '/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN',
      '/dnsaddr/bootstrap.libp2p.io/p2p/QmQCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa',
      '/dnsaddr/bootstrap.libp2p.io/p2p/QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvqUcqanj75Nb',
      '/dnsaddr/bootstrap.libp2p.io/p2p/QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt',
      '/dnsaddr/va1.bootstrap.libp2p.io/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8',
    ])
    .describe(
      'Multiaddrs with /p2p/ of peers to enter the Kademlia network of IPFS by, when few others are known; /dnsaddr/ is looked up.',
    ),
  servers: z
    .array(url)
    .max(8)
    .default([])
    .describe('Servers of delegated routing (HTTP) that are asked beside; they learn what is looked for.'),
  dnsOverHttps: z
    .union([url, z.literal('')])
    .default('')
    .describe(
      'Server of DNS over HTTPS, such as https://dns.example/dns-query, asked for domains that are names (DNSLink) when no name server can be; empty: none.',
    ),
  reprovideMs: z
    .int()
    .min(60_000)
    .max(47 * hourMs)
    .default(22 * hourMs)
    .describe(
      'Time between two announcements of the same root in the IPFS network, in ms; all are spread over it.',
    ),
  maxProvided: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100_000)
    .describe('Roots that are announced in the IPFS network; more are refused.'),
  serverTimeoutMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(15_000)
    .describe('Time for a server of delegated routing or of DNS over HTTPS to answer, in ms.'),
  maxServerProviders: z
    .int()
    .min(1)
    .max(10_000)
    .default(200)
    .describe('Providers that are taken from one answer of a server of delegated routing.'),
})
