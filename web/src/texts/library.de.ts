import type { libraryEn } from './library.en.ts'
import type { TextsOf } from './texts.ts'

export const libraryDe: TextsOf<typeof libraryEn> = {
  lead: 'Die Dateien auf diesem Computer, ganz oder zum Teil.',
  list: 'Dateien',
  search: 'Nach Namen suchen',
  kind: 'Art',
  all: 'Alles',
  kinds: {
    video: 'Videos',
    audio: 'Musik und Ton',
    image: 'Bilder',
    document: 'Dokumente',
    other: 'Andere Dateien',
  },
  columns: { file: 'Datei', content: 'Aus', size: 'Größe', here: 'Hier', place: 'Ort' },
  copyPath: 'Pfad kopieren',
  previous: 'Vorherige',
  next: 'Nächste',
  cannotTitle: 'Dein Browser kann das nicht zeigen',
  cannotText:
    'Öffne es mit einem anderen Programm: Sein Ort lässt sich unten kopieren. Oder speichere eine Kopie.',
  save: 'Kopie speichern',
  notHereTitle: 'Das lässt sich jetzt nicht abspielen',
  notHereText:
    'Vielleicht ist der nötige Teil noch nicht hier und niemand sendet ihn, oder die Übertragung ist angehalten. Oder dein Browser kann es nicht zeigen.',
  tryAgain: 'Noch einmal versuchen',
  textCut: 'Nur der Anfang ist zu sehen. Speichere eine Kopie, um alles zu lesen.',
  layout: 'Darstellung',
  grid: 'Kacheln',
  rows: 'Liste',
  of: share => `${share} ist hier`,
  emptyTitle: 'Noch ist nichts hier',
  emptyText: 'Was du teilst und was du holst, erscheint hier, Datei für Datei.',
  noneTitle: 'Nichts passt',
  noneText: 'Keine Datei hat diesen Namen und diese Art.',
  count: (shown, total) => `${shown} von ${total} Dateien`,
}
