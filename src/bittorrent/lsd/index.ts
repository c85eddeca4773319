export { type LsdConfig, lsdConfig } from './config.ts'
export { Lsd, lsdGroup } from './lsd.ts'
