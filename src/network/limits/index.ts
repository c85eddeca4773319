export { type LimitsConfig, limitKeys } from './config.ts'
export { ConnectionGuard, type Guarded } from './connection-guard.ts'
export { type Account, MemoryLedger, type Waiting } from './memory-ledger.ts'
export { StreamQuota } from './stream-quota.ts'
