export { Admission, type AdmissionLimits, type Refusal } from './admission.ts'
export { nativeTls } from './native-tls.ts'
export { endpointOf, tcp } from './tcp.ts'
