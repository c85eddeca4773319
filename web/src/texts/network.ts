import { networkDe } from './network.de.ts'
import { networkEn } from './network.en.ts'
import type { Area } from './texts.ts'

export const network: Area<typeof networkEn> = { en: networkEn, de: networkDe }
