import { grantsDe } from './grants.de.ts'
import { grantsEn } from './grants.en.ts'
import type { Area } from './texts.ts'

/** Permissions in writing. */
export const grants: Area<typeof grantsEn> = { en: grantsEn, de: grantsDe }
