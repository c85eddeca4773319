import { z } from '../base/index.ts'

/** Switches of the public IPFS network; its parts (Bitswap, the DHT, gateways, names) have sections or values of their own. */
export interface IpfsConfig {
  readonly enabled: boolean
  readonly gateways: string[]
}

export const ipfsConfig: z.ZodType<IpfsConfig> = z.object({
  enabled: z
    .boolean()
    .default(true)
    .describe('Fetch from and offer to the public IPFS network, for content that is on it.'),
  gateways: z
    .array(
      z
        .string()
        .max(2_048)
        .regex(/^https?:\/\/[^\s?#]+$/),
    )
    .max(32)
    .default([])
    .describe('URLs of trustless HTTP gateways to fetch blocks from as well; they learn what is fetched.'),
})
