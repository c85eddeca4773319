import { toHex } from '../base/index.ts'
import type { Content } from '../content/index.ts'
import type { JournalHead } from './content-journal.ts'
import type { NewContent } from './index-database.ts'

/** What the journal says of a content beside its info dictionary. */
export function journalHeadOf(row: NewContent, { infoHashV1 }: Content): JournalHead {
  const { origin, base, target, exact, overwrite, addedAt, priorities } = row
  return {
    origin,
    base,
    target,
    exact,
    overwrite,
    addedAt,
    infoHashV1: infoHashV1 === undefined ? undefined : toHex(infoHashV1),
    skipped: priorities === undefined ? undefined : [...priorities.keys()].filter(i => priorities[i] === 1),
  }
}
