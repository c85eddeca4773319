import { remoteDe } from './remote.de.ts'
import { remoteEn } from './remote.en.ts'
import type { Area } from './texts.ts'

export const remote: Area<typeof remoteEn> = { en: remoteEn, de: remoteDe }
