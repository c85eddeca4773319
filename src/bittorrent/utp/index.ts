export { type UtpConfig, utpConfig } from './config.ts'
export { Utp } from './utp.ts'
