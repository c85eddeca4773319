import type { Area } from './texts.ts'
import { uiDe } from './ui.de.ts'
import { uiEn } from './ui.en.ts'

export const ui: Area<typeof uiEn> = { en: uiEn, de: uiDe }
