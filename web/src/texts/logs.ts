import { logsDe } from './logs.de.ts'
import { logsEn } from './logs.en.ts'
import type { Area } from './texts.ts'

export const logs: Area<typeof logsEn> = { en: logsEn, de: logsDe }
