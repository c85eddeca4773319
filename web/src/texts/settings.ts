import { settingsDe } from './settings.de.ts'
import { settingsEn } from './settings.en.ts'
import type { Area } from './texts.ts'

export const settings: Area<typeof settingsEn> = { en: settingsEn, de: settingsDe }
