import { useEffect, useState } from 'react'
import { useLanguage } from '../../texts/texts.ts'

/** What each setting is called and what it means, by its key. */
export interface SettingTexts {
  readonly names: Readonly<Record<string, string>>
  readonly descriptions: Readonly<Record<string, string>>
}

/** In another language than that of the schema; undefined while it loads, and in English. */
export function useSettingTexts(): SettingTexts | undefined {
  const language = useLanguage()
  const [loaded, setLoaded] = useState<SettingTexts>()
  useEffect(() => {
    if (language === 'en') return
    let isWanted = true
    // Long, and only for this page: not part of what every page loads.
    void Promise.all([
      import('../../texts/setting-descriptions.de.ts'),
      import('../../texts/setting-names.de.ts'),
    ]).then(([{ settingDescriptionsDe: descriptions }, { settingNamesDe: names }]) => {
      if (isWanted) setLoaded({ names, descriptions })
    })
    return () => {
      isWanted = false
    }
  }, [language])
  return language === 'en' ? undefined : loaded
}
