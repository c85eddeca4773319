import { audit, verify } from './audit.ts'
import { allow, deny, removeRules, reset } from './change.ts'
import { explain, list, show } from './look.ts'
import { ofPerson } from './person.ts'

/** What a user can ask of the access service. */
export const accessOperations: Readonly<{
  allow: typeof allow
  deny: typeof deny
  explain: typeof explain
  show: typeof show
  list: typeof list
  of: typeof ofPerson
  remove: typeof removeRules
  reset: typeof reset
  audit: typeof audit
  verify: typeof verify
}> = { allow, deny, explain, show, list, of: ofPerson, remove: removeRules, reset, audit, verify }
