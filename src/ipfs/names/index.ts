export { type IpfsNamesConfig, ipfsNamesConfig } from './config.ts'
export { IpfsNames } from './ipfs-names.ts'
export { recordValidators } from './opened-record.ts'
export type { NameKey, NameKeys, OwnName, Pointer, Pointers } from './ports.ts'
