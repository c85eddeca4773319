export { type FilterStatus, IpFilter } from './ip-filter.ts'
