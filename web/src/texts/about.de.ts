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
  interface: 'Für Programme',
  openApi: 'Beschreibung der lokalen Schnittstelle (OpenAPI)',
  leaving: {
    title: 'Was diesen Computer verlässt',
    lead: 'Es gibt kein Konto, keinen Server von uns, keine Messung und keine Suche nach Updates. Diese Seite spricht nur mit dem Peer auf diesem Computer.',
    points: {
      peers:
        'Mit wem du austauschst, der sieht deine Adresse im Netz und deine Peer-ID, wie bei jeder direkten Verbindung, und das, was du ihm erlaubt hast.',
      open: 'Mit der Voreinstellung „open“ sehen die öffentlichen Netze von BitTorrent und IPFS deine Adresse und was du dort suchst, und Tracker sehen die Torrents, die sie nennen.',
      circle:
        'Mit der Voreinstellung „circle“ wird nur mit Kontakten und Mitgliedern deiner Kreise gesprochen, und mit Relays unter ihnen, die nicht lesen können, was sie tragen.',
      lan: 'Mit der Voreinstellung „lan“ verlässt nichts dein lokales Netz.',
      locally:
        'In deinem lokalen Netz können andere sehen, dass hier ein Peer ist, außer du schaltest die lokale Suche aus.',
    },
  },
  parts: {
    title: 'Mit der Arbeit anderer gemacht',
    lead: 'In dieser Seite stecken diese Pakete. Öffne eines, um seine Lizenz zu lesen.',
    none: 'Seine Lizenz ist genannt und hat keinen eigenen Text.',
  },
}
