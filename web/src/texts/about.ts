import { aboutDe } from './about.de.ts'
import { aboutEn } from './about.en.ts'
import type { Area } from './texts.ts'

export const about: Area<typeof aboutEn> = { en: aboutEn, de: aboutDe }
