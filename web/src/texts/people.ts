import { peopleDe } from './people.de.ts'
import { peopleEn } from './people.en.ts'
import type { Area } from './texts.ts'

export const people: Area<typeof peopleEn> = { en: peopleEn, de: peopleDe }
