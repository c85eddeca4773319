export type { Asked } from './denylist.ts'
export { type DenylistStatus, Denylists, type Refusals } from './denylists.ts'
