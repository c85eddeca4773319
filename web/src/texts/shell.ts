import { shellDe } from './shell.de.ts'
import { shellEn } from './shell.en.ts'
import type { Area } from './texts.ts'

export const shell: Area<typeof shellEn> = { en: shellEn, de: shellDe }
