import type { shellEn } from './shell.en.ts'
import type { TextsOf } from './texts.ts'

export const shellDe: TextsOf<typeof shellEn> = {
  restart: {
    pending: count =>
      count === 1
        ? 'Eine Änderung gilt, sobald Peerage neu gestartet ist.'
        : `${count} Änderungen gelten, sobald Peerage neu gestartet ist.`,
    now: 'Jetzt neu starten',
    running: 'Peerage startet neu. Was du getippt hast, bleibt.',
    fallback:
      'Peerage konnte mit dem, was zuletzt eingestellt wurde, nicht starten; die Werte von vorher gelten.',
  },
  pages: {
    home: 'Start',
    transfers: 'Übertragungen',
    library: 'Bibliothek',
    people: 'Personen',
    network: 'Netz',
    ipfs: 'IPFS',
    settings: 'Einstellungen',
    logs: 'Protokoll',
    about: 'Über Peerage',
    share: 'Teilen',
    get: 'Holen',
    'first-run': 'Willkommen',
  },
  title: page => `${page} · Peerage`,
  navigation: 'Hauptmenü',
  more: 'Mehr',
  skip: 'Zum Inhalt springen',
  lost: {
    title: 'Peerage antwortet nicht.',
    text: 'Vielleicht startet es gerade neu. Was du getippt hast, bleibt hier stehen; die Seite macht von selbst weiter.',
    again: 'Jetzt versuchen',
    back: 'Wieder verbunden.',
  },
  signIn: {
    title: 'Peerage öffnen',
    text: 'Diese Seite braucht den Schlüssel des Peers, der auf diesem Computer läuft. In einem Terminal öffnet sie `peerage open`; oder füge die Adresse, die es zeigt, oder den Schlüssel hier ein.',
    expired: 'Der Schlüssel gilt nicht mehr. Vielleicht wurde Peerage neu eingerichtet.',
    label: 'Adresse oder Schlüssel',
    submit: 'Öffnen',
    used: 'Diese Adresse wurde schon benutzt oder ist älter als fünf Minuten. In einem Terminal gibt `peerage open` eine neue.',
    wrong:
      'Das ist kein Schlüssel von Peerage. Er hat 64 Buchstaben und Ziffern oder ist die ganze Adresse, die gezeigt wurde.',
    failed: 'Peerage antwortet nicht. Läuft es noch?',
    where:
      'Eine Adresse gilt einmal und fünf Minuten lang. Der Schlüssel steht in der Datei api.token im Home-Ordner.',
  },
  notFound: {
    title: 'Diese Seite gibt es nicht',
    text: 'Vielleicht ist die Adresse alt oder vertippt.',
    home: 'Zur Startseite',
  },
  theme: { label: 'Farben', auto: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
  language: { label: 'Sprache', en: 'English', de: 'Deutsch' },
  palette: {
    title: 'Suche und Befehle',
    search: 'Seite, Inhalt, Person oder Befehl',
    nothing: 'Nichts heißt so.',
    groups: { pages: 'Seite', actions: 'Befehl', contents: 'Inhalt', people: 'Person' },
    themes: { auto: 'Farben wie das System', light: 'Helle Farben', dark: 'Dunkle Farben' },
    languages: { en: 'Sprache: English', de: 'Sprache: Deutsch' },
  },
  keys: {
    title: 'Tastenkürzel',
    palette: 'Suche und Befehle',
    help: 'Diese Hilfe',
    table: 'In Listen: bewegen, auswählen, öffnen, entfernen',
    escape: 'Schließen, was offen ist',
  },
  loading: 'Lädt',
  commands: 'Suche und Befehle',
}
