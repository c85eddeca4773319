export { isPlausible } from './addresses.ts'
export { type DhtConfig, dhtConfig } from './config.ts'
export { Dht, type DhtOptions, type DhtScrape, type DhtStatus } from './dht.ts'
export { ed25519KeyPair } from './ed25519.ts'
export {
  type DhtItem,
  type ImmutableItem,
  immutableItem,
  itemValue,
  type MutableItem,
  mutableItem,
  mutableTarget,
  targetOf,
} from './item.ts'
export type { GetPeersOptions, Stored } from './look-ups.ts'
