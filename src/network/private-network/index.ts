export { keyFingerprint, PrivateNetwork, type PrivateNetworkState } from './private-network.ts'
