export { type WebSeedsConfig, webSeedsConfig } from './config.ts'
export { WebSeed, type WebSeedParts } from './web-seed.ts'
