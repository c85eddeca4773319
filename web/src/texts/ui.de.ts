import type { TextsOf } from './texts.ts'
import type { uiEn } from './ui.en.ts'

export const uiDe: TextsOf<typeof uiEn> = {
  cancel: 'Abbrechen',
  confirm: 'OK',
  close: 'Schließen',
  undo: 'Rückgängig',
  copy: 'Kopieren',
  copied: 'Kopiert',
  loading: 'Lädt',
  retry: 'Noch einmal versuchen',
  again: 'Alle Zeilen auswählen',
  row: 'Diese Zeile auswählen',
  more: 'Weitere Aktionen',
  notifications: 'Benachrichtigungen',
  qr: 'QR-Code',
  show: 'Anzeigen',
  hide: 'Verbergen',
  unnamed: 'Ohne Namen',
  empty: 'Hier ist nichts',
  wrong: 'Das hat nicht geklappt',
  back: 'Peerage ist wieder da.',
  unreachable: 'Peerage antwortet nicht. Vielleicht startet es neu; es geht von selbst weiter.',
  denied: (line, list) =>
    `Zeile ${line} der Verbotsliste ${list} nennt das. Darum wird es weder geholt noch jemandem gegeben.`,
  deniedRemedy:
    'Um es zu erlauben, nimm die Zeile aus der Liste oder die Liste aus den Einstellungen von IPFS.',
  details: 'Einzelheiten',
  never: 'nie',
  now: 'gerade eben',
  perSecond: amount => `${amount}/s`,
}
