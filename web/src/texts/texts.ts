import { createContext, useContext } from 'react'

/** Languages with a complete catalogue. */
export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

type Text = string | ((...given: never[]) => string)
interface Catalogue {
  readonly [name: string]: Text | Catalogue
}

/** What another language must have: the same names; functions take the same. */
export type TextsOf<English> = {
  readonly [Name in keyof English]: English[Name] extends string
    ? string
    : English[Name] extends (...given: infer Given) => string
      ? (...given: Given) => string
      : TextsOf<English[Name]>
}

/** One area of texts in every language. */
export interface Area<English> {
  readonly en: English
  readonly de: TextsOf<English>
}

export const LanguageContext = createContext<Language>('en')

/** The texts of an area in the language of the user. */
export function useTexts<English extends Catalogue>(area: Area<English>): TextsOf<English> {
  return area[useContext(LanguageContext)] as TextsOf<English>
}

export function useLanguage(): Language {
  return useContext(LanguageContext)
}

/** Writes a count in a sentence as people of that language do: 60,000. */
export function numberIn(language: Language): (count: number) => string {
  const number = new Intl.NumberFormat(language)
  return count => number.format(count)
}

/** The chosen language, or the first of the browser's that there is. */
export function preferredLanguage(): Language {
  const chosen = localStorage.getItem('peerage.language')
  const wished = [chosen ?? '', ...navigator.languages].map(tag => tag.slice(0, 2).toLowerCase())
  return (wished.find(tag => languages.includes(tag as Language)) as Language | undefined) ?? 'en'
}
