export { Admission, addressGroup } from './admission.ts'
export { nativeTls } from './native-tls.ts'
export { readInPlace } from './read-in-place.ts'
export { connected, tcp } from './tcp.ts'
