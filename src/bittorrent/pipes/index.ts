export {
  type Encryption,
  isSelf,
  type OwnHandshake,
  receiveHands,
  type Shaken,
  type SwarmNames,
  shakeHands,
} from './handshake.ts'
export { tcpStream } from './tcp-stream.ts'
