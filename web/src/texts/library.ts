import { libraryDe } from './library.de.ts'
import { libraryEn } from './library.en.ts'
import type { Area } from './texts.ts'

export const library: Area<typeof libraryEn> = { en: libraryEn, de: libraryDe }
