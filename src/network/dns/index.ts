export { AddressNames } from './address-names.ts'
export { isNamed } from './named-address.ts'
export { textsUnder } from './texts.ts'
