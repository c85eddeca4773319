import { useEffect, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { type Language, useLanguage } from '../../texts/texts.ts'

type Finding = Answer<'reach.doctor'>['findings'][number]
type German = typeof import('../../texts/findings.de.ts')

interface Said {
  readonly topic: string
  readonly text: string
  readonly advice?: string | undefined
  readonly language: Language
}

/** The words of a finding in the language of the user: English ones come with it, others are made of its code and values. */
export function useFindings(): (finding: Finding) => Said {
  const language = useLanguage()
  const [german, setGerman] = useState<German>()
  useEffect(() => {
    if (language === 'en') return
    let isWanted = true
    // Long, and only for this page: not part of what every page loads.
    void import('../../texts/findings.de.ts').then(loaded => {
      if (isWanted) setGerman(loaded)
    })
    return () => {
      isWanted = false
    }
  }, [language])
  return finding =>
    (language === 'de' && german !== undefined && inGerman(german, finding)) || inEnglish(finding)
}

function inEnglish({ topic, text, advice }: Finding): Said {
  return { topic, text, advice, language: 'en' }
}

/** Undefined: the daemon is newer than the page and found something else. */
function inGerman(
  { findingsDe, findingTopicsDe }: German,
  { code, values, topic }: Finding,
): Said | undefined {
  const texts = findingsDe[code] as
    | { text(values: unknown): string; advice?(values: unknown): string }
    | undefined
  if (texts === undefined) return undefined
  const [about] = code.split('.') as [keyof typeof findingTopicsDe]
  return {
    topic: findingTopicsDe[about] ?? topic,
    text: texts.text(values),
    advice: texts.advice?.(values),
    language: 'de',
  }
}
