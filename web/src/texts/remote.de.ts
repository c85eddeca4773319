import type { remoteEn } from './remote.en.ts'
import type { TextsOf } from './texts.ts'

export const remoteDe: TextsOf<typeof remoteEn> = {
  signIn: {
    title: 'Bei Peerage anmelden',
    text: 'Diese Seite zeigt den Peer auf einem anderen Computer. Sie braucht das Passwort des Fernzugriffs.',
    expired: 'Du wurdest abgemeldet. Was du getippt hast, ist noch da.',
    password: 'Passwort',
    submit: 'Anmelden',
    wrong: 'Das ist nicht das Passwort.',
    attempts: 'Es kamen zu viele falsche Passwörter. Warte eine Minute und versuche es dann noch einmal.',
    failed: 'Der Peer antwortet nicht.',
  },
  title: 'Diesen Peer von anderen Computern aus benutzen',
  text: 'Wer das Passwort hat, kann alles, was du hier kannst. Die Verbindung ist verschlüsselt.',
  on: 'Fernzugriff',
  needsPassword: 'Setze zuerst ein Passwort.',
  openAt: 'Zu öffnen unter',
  nowhere: 'Er lauscht nirgends.',
  fingerprint: 'SHA-256 des Zertifikats',
  compare:
    'Dieses Zertifikat hat Peerage selbst gemacht, deshalb warnen Browser davor. Fahre dort nur fort, wenn sie diesen SHA-256-Fingerabdruck zeigen.',
  until: 'Zertifikat gültig bis',
  sessions: 'Angemeldet',
  sessionCount: count => (count === 1 ? '1 Sitzung' : `${count} Sitzungen`),
  endAll: 'Alle Sitzungen beenden',
  signOut: 'Hier abmelden',
  newPassword: 'Neues Passwort',
  changePassword: 'Passwort ändern',
  repeat: 'Neues Passwort noch einmal',
  length: 'Mindestens 12 Zeichen. Wer angemeldet ist, muss sich neu anmelden.',
  different: 'Das sind zwei verschiedene Passwörter.',
  tooShort: 'Es hat weniger als 12 Zeichen.',
  save: 'Passwort setzen',
  saved: 'Das Passwort gilt ab jetzt.',
}
