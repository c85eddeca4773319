import { exportBook, importBook } from './book-operations.ts'
import { add, block, note, remove, rename, unblock } from './change.ts'
import { list, show } from './look.ts'
import { verify } from './verify.ts'

/** What a user can ask of the contacts service. */
export const contactsOperations: Readonly<{
  list: typeof list
  show: typeof show
  add: typeof add
  rename: typeof rename
  note: typeof note
  block: typeof block
  unblock: typeof unblock
  verify: typeof verify
  remove: typeof remove
  export: typeof exportBook
  import: typeof importBook
}> = { list, show, add, rename, note, block, unblock, verify, remove, export: exportBook, import: importBook }
