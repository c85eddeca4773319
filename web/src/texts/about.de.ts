import type { aboutEn } from './about.en.ts'
import type { TextsOf } from './texts.ts'

export const aboutDe: TextsOf<typeof aboutEn> = {
  lead: 'Ein Netz unter Gleichen: Dieser Computer teilt und holt ohne Server und ohne Konto.',
  version: 'Version',
  peer: 'Dein Peer',
  home: 'Heimatordner',
  since: 'Läuft seit',
  memory: 'Belegter Speicher',
  licence: 'Lizenz',
  mit: 'MIT: Du darfst es benutzen, ändern und weitergeben.',
}
