export { type IpfsNamesConfig, ipfsNamesConfig } from './config.ts'
export {
  IpfsNames,
  type NameKey,
  type NameKeys,
  type OwnName,
  type Pointer,
  type Pointers,
} from './ipfs-names.ts'
export { recordValidators } from './opened-record.ts'
