import { useSyncExternalStore } from 'react'
import { type Language, preferredLanguage } from '../texts/texts.ts'

export type Theme = 'auto' | 'light' | 'dark'

interface Preferences {
  readonly language: Language
  readonly theme: Theme
}

const listeners = new Set<() => void>()
let now: Preferences = read()

// Another tab changed them.
addEventListener('storage', () => renew())

/** Language and colours of this browser. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(follow, () => now)
}

export function setTheme(theme: Theme): void {
  localStorage.setItem('peerage.theme', theme)
  renew()
}

export function setLanguage(language: Language): void {
  localStorage.setItem('peerage.language', language)
  renew()
}

function follow(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function renew(): void {
  now = read()
  for (const listener of listeners) listener()
}

function read(): Preferences {
  const theme = localStorage.getItem('peerage.theme')
  return { language: preferredLanguage(), theme: theme === 'light' || theme === 'dark' ? theme : 'auto' }
}
