import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction } from '../../api/hooks.ts'
import { settings } from '../../texts/settings.ts'
import { useTexts } from '../../texts/texts.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import css from './settings.module.css'

type Entry = Answer<'config.list'>[number]
type PresetName = 'open' | 'circle' | 'lan'

/** Where this peer takes part, in plain words. What was set by hand stays. */
export function Preset({ entry }: { readonly entry: Entry }): ReactNode {
  const texts = useTexts(settings)
  const set = useAction('config.set')
  const isFixed = entry.source === 'environment' || entry.source === 'flag'
  const { open, circle, lan } = texts.presets
  return (
    <Card
      title={texts.sections.preset}
      aside={entry.isPending ? <Badge tone="warn">{texts.restart}</Badge> : undefined}
    >
      <div data-key="preset">
        <RadioCards
          legend={texts.presets.legend}
          value={(set.variables?.value ?? entry.value) as PresetName}
          onChange={value => set.mutate({ key: 'preset', value })}
          options={[
            { value: 'open', label: open.name, hint: open.hint, icon: 'globe' },
            { value: 'circle', label: circle.name, hint: circle.hint, icon: 'people' },
            { value: 'lan', label: lan.name, hint: lan.hint, icon: 'device' },
          ]}
        />
      </div>
      {isFixed && (
        <div className={css.facts}>
          <Badge tone="warn">{texts.fixedBy(entry.source === 'flag' ? texts.flag : entry.environment)}</Badge>
        </div>
      )}
      {set.error !== null && <ErrorState error={set.error} />}
    </Card>
  )
}
