import { audienceDe } from './audience.de.ts'
import { audienceEn } from './audience.en.ts'
import type { Area } from './texts.ts'

/** Who may have something, and within which limits. */
export const audience: Area<typeof audienceEn> = { en: audienceEn, de: audienceDe }
