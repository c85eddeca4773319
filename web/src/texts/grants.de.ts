import type { grantsEn } from './grants.en.ts'
import type { TextsOf } from './texts.ts'

export const grantsDe: TextsOf<typeof grantsEn> = {
  title: 'Schriftliche Erlaubnisse',
  what: 'Ein unterschriebener Text, der nur einer Person oder einem Kreis nützt. Wer ihn hat, zeigt ihn jedem, der die Dateien hat, auch während du weg bist.',
  give: 'Eine geben',
  keep: 'Eine erhaltene aufbewahren',
  keepIt: 'Aufbewahren',
  text: 'Der Text',
  textHint: 'Er beginnt mit peerage-grant:',
  kept: name => `Du hast jetzt eine Erlaubnis von ${name}.`,
  sign: 'Unterschreiben',
  handOver: name => `Gib das ${name}, auf irgendeinem Weg. Sonst nützt es niemandem.`,
  nobody: 'Lerne erst jemanden kennen: Nur ein Kontakt oder ein Kreis kann eine bekommen.',
  delegate: 'Wie oft sie weitergegeben werden darf',
  delegateHint: '0: gar nicht. Ohne ein Ende gilt sie 30 Tage.',
  passedOn: times =>
    times === 1 ? 'darf einmal weitergegeben werden' : `darf ${times}-mal weitergegeben werden`,
  from: name => `von ${name}`,
  ways: { given: 'von dir gegeben', held: 'hast du' },
  revoke: 'Zurücknehmen',
  revokeOf: name => `Zurücknehmen, was ${name} schriftlich hat`,
  revoked: 'Zurückgenommen, mit allem, was daraus gemacht wurde. Peers erfahren es, sobald sie da sind.',
}
