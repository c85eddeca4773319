import { ipfsDe } from './ipfs.de.ts'
import { ipfsEn } from './ipfs.en.ts'
import type { Area } from './texts.ts'

export const ipfs: Area<typeof ipfsEn> = { en: ipfsEn, de: ipfsDe }
