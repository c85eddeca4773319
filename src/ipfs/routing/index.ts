export { type IpfsRoutingConfig, ipfsRoutingConfig } from './config.ts'
export { IpfsRouting, type IpfsRoutingStatus, type RecordRouting } from './ipfs-routing.ts'
