export { changePassphrase, type IdentityOptions, type LoadedIdentity, loadIdentity } from './identity.ts'
export { canonicalPeerId, peerIdOf, publicKeyOf } from './peer-id.ts'
export { type Identity, identityFromSeed, verify } from './signing.ts'
