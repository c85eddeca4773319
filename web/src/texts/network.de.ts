import type { networkEn } from './network.en.ts'
import type { TextsOf } from './texts.ts'

export const networkDe: TextsOf<typeof networkEn> = {
  lead: 'Wie andere diesen Peer erreichen, wer verbunden ist und wie schnell er sein darf.',
  again: 'Noch einmal nachsehen',
  looking: 'Andere werden gefragt, ob sie diesen Peer erreichen …',
  reachable: {
    open: 'Andere können dich erreichen.',
    closed: 'Andere können sich nicht mit dir verbinden.',
    unknown: 'Bisher hat niemand versucht, dich zu erreichen.',
  },
  checked: 'Was angesehen wurde',
  levels: { good: 'in Ordnung', note: 'gut zu wissen', bad: 'ein Problem' },
  speed: 'Geschwindigkeit',
  mode: 'Wie schnell',
  modes: { schedule: 'Nach dem Wochenplan', full: 'Voll', slow: 'Langsam', off: 'Aus' },
  until: time => `bis ${time}`,
  now: { full: 'volle Geschwindigkeit', slow: 'langsam', off: 'nichts wird gesendet oder geholt' },
  week: 'Stunden der Woche',
  weekHint: 'Male mit der Maus, oder gehe mit den Pfeiltasten und male mit der Leertaste.',
  brush: 'Malen mit',
  hour: (day, from, mode) => `${day}, ${from}:00 bis ${from + 1}:00: ${mode}`,
  clear: 'Woche leeren',
  connected: 'Gerade verbunden',
  nobody: 'Gerade ist niemand verbunden.',
  columns: { peer: 'Peer', path: 'Weg', rtt: 'Hin und zurück', address: 'Adresse' },
  paths: {
    memory: 'in diesem Programm',
    loopback: 'dieser Computer',
    lan: 'lokales Netz',
    direct: 'direkt',
    relayed: 'über ein Relay',
  },
  ms: count => `${count} ms`,
}
