export { Admission } from './admission.ts'
export { nativeTls } from './native-tls.ts'
export { tcp } from './tcp.ts'
