import { sharingDe } from './sharing.de.ts'
import { sharingEn } from './sharing.en.ts'
import type { Area } from './texts.ts'

export const sharing: Area<typeof sharingEn> = { en: sharingEn, de: sharingDe }
