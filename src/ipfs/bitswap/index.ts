export { Bitswap, type BitswapOptions, type BitswapStats } from './bitswap.ts'
export { blockKey } from './block-name.ts'
export { type BitswapConfig, bitswapConfig } from './config.ts'
