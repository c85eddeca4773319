import { useEffect, useState } from 'react'
import { useLanguage } from '../../texts/texts.ts'

/** What each setting means, by its key, in another language than that of the schema; undefined while it loads, and in English. */
export function useDescriptions(): Readonly<Record<string, string>> | undefined {
  const language = useLanguage()
  const [loaded, setLoaded] = useState<Readonly<Record<string, string>>>()
  useEffect(() => {
    if (language === 'en') return
    let isWanted = true
    // Long, and only for this page: not part of what every page loads.
    void import('../../texts/setting-descriptions.de.ts').then(({ settingDescriptionsDe }) => {
      if (isWanted) setLoaded(settingDescriptionsDe)
    })
    return () => {
      isWanted = false
    }
  }, [language])
  return language === 'en' ? undefined : loaded
}
