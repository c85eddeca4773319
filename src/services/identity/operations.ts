import { accept, add, devices, join, revoke } from './devices.ts'
import { rotate } from './rotate.ts'
import { show } from './show.ts'

/** What a user can ask of the identity service. What would show the private key is on the command line only. */
export const identityOperations: Readonly<{
  show: typeof show
  rotate: typeof rotate
  devices: typeof devices
  join: typeof join
  add: typeof add
  accept: typeof accept
  revoke: typeof revoke
}> = { show, rotate, devices, join, add, accept, revoke }
