export { type DhtConfig, dhtConfig } from './config.ts'
export { Dht, type DhtOptions } from './dht.ts'
