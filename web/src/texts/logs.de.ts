import type { logsEn } from './logs.en.ts'
import type { TextsOf } from './texts.ts'

export const logsDe: TextsOf<typeof logsEn> = {
  title: 'Das Protokoll ist eine Datei',
  text: home => `${home}/log/peerage.log enthält, was geschah, einen Eintrag je Zeile, ohne Geheimnisse.`,
}
