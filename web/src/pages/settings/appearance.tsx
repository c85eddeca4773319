import type { ReactNode } from 'react'
import { setLanguage, setTheme, type Theme, usePreferences } from '../../app/preferences.ts'
import { Link } from '../../app/router.tsx'
import { settings } from '../../texts/settings.ts'
import { type Language, useTexts } from '../../texts/texts.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Select } from '../../ui/field.tsx'
import { Icon } from '../../ui/icon.tsx'
import css from './settings.module.css'

const themes: readonly Theme[] = ['auto', 'light', 'dark']
const languageNames: readonly { readonly value: Language; readonly label: string }[] = [
  { value: 'en', label: 'English' },
  { value: 'de', label: 'Deutsch' },
]

/** Language and colours of this browser, and the ways to what has its own page. */
export function Appearance(): ReactNode {
  const texts = useTexts(settings)
  const { language, theme } = usePreferences()
  return (
    <Card title={texts.page.title}>
      <div className={css.page}>
        <Select label={texts.page.language} value={language} options={languageNames} onChange={setLanguage} />
        <Select
          label={texts.page.theme}
          value={theme}
          options={themes.map(value => ({ value, label: texts.page.themes[value] }))}
          onChange={setTheme}
        />
      </div>
      <div className={css.actions}>
        <Link to="/people/devices" className={buttonClass()}>
          <Icon name="device" /> {texts.page.devices}
        </Link>
        <Link to="/network" className={buttonClass()}>
          <Icon name="network" /> {texts.page.network}
        </Link>
        <Link to="/settings?search=remote." className={buttonClass()}>
          <Icon name="globe" /> {texts.page.remote}
        </Link>
      </div>
    </Card>
  )
}
