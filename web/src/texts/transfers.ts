import type { Area } from './texts.ts'
import { transfersDe } from './transfers.de.ts'
import { transfersEn } from './transfers.en.ts'

export const transfers: Area<typeof transfersEn> = { en: transfersEn, de: transfersDe }
