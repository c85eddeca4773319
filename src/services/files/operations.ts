import { shares, unwish, wish, wishes } from './operations/browse.ts'
import { cid, create } from './operations/create.ts'
import { cat, filesOf, get, preview } from './operations/fetch.ts'
import { list, peers, show, totals, trackers } from './operations/look.ts'
import { exportOperation, share, unshare } from './operations/offer.ts'
import { importOperation, move } from './operations/place.ts'
import { addPeer, announce, edit, pause, remove, resume, setOperation, verify } from './operations/steer.ts'
import { facts, library, pieces, speeds, watch } from './operations/watch.ts'

/** What a user can ask of the files service. */
export const filesOperations: Readonly<{
  share: typeof share
  unshare: typeof unshare
  get: typeof get
  preview: typeof preview
  shares: typeof shares
  wish: typeof wish
  unwish: typeof unwish
  wishes: typeof wishes
  list: typeof list
  watch: typeof watch
  library: typeof library
  show: typeof show
  files: typeof filesOf
  pause: typeof pause
  resume: typeof resume
  remove: typeof remove
  verify: typeof verify
  cat: typeof cat
  peers: typeof peers
  trackers: typeof trackers
  announce: typeof announce
  totals: typeof totals
  pieces: typeof pieces
  speeds: typeof speeds
  facts: typeof facts
  set: typeof setOperation
  edit: typeof edit
  addPeer: typeof addPeer
  export: typeof exportOperation
  create: typeof create
  cid: typeof cid
  move: typeof move
  import: typeof importOperation
}> = {
  share,
  unshare,
  get,
  preview,
  shares,
  wish,
  unwish,
  wishes,
  list,
  watch,
  library,
  show,
  files: filesOf,
  pause,
  resume,
  remove,
  verify,
  cat,
  peers,
  trackers,
  announce,
  totals,
  pieces,
  speeds,
  facts,
  set: setOperation,
  edit,
  addPeer,
  export: exportOperation,
  create,
  cid,
  move,
  import: importOperation,
}
