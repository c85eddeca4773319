import type { settingsEn } from './settings.en.ts'
import type { TextsOf } from './texts.ts'

export const settingsDe: TextsOf<typeof settingsEn> = {
  lead: 'Änderungen gelten sofort, oder nach dem nächsten Start, wo es dabeisteht.',
  search: 'Suchen',
  nothing: 'Keine Einstellung enthält diese Wörter.',
  nothingHint: 'Versuche ein anderes Wort oder einen Teil davon.',
  save: 'Speichern',
  cancel: 'Abbrechen',
  reset: 'Auf den Standard zurück',
  on: 'An',
  changed: 'geändert',
  restart: 'gilt nach einem Neustart',
  fixedBy: where => `durch ${where} festgelegt; das geht vor`,
  flag: 'die Befehlszeile',
  preset: 'aus der Voreinstellung',
  allowed: what => `Erlaubt: ${what}`,
  pending: count =>
    count === 1
      ? 'Eine Änderung gilt, wenn Peerage neu gestartet ist.'
      : `${count} Änderungen gelten, wenn Peerage neu gestartet ist.`,
  sections: {
    preset: 'Wo du teilnimmst',
    files: 'Dateien und Übertragungen',
    limits: 'Geschwindigkeit',
    network: 'Netzwerk',
    access: 'Wer was darf',
    relay: 'Relays',
    bittorrent: 'BitTorrent',
    ipfs: 'IPFS',
    gateway: 'Gateway',
    remote: 'Fernzugriff',
    store: 'Speicher',
    daemon: 'Dieses Programm',
  },
}
