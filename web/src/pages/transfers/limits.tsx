import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction } from '../../api/hooks.ts'
import { useTexts } from '../../texts/texts.ts'
import { transfers } from '../../texts/transfers.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, NumberField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import css from './transfers.module.css'

interface LimitsProps {
  readonly content: string
  readonly settings: NonNullable<Answer<'files.show'>['settings']>
}

/** People think in kilobytes. */
const unit = 1000

/** What is set for one transfer alone. */
export function Limits({ content, settings }: LimitsProps): ReactNode {
  const t = useTexts(transfers)
  const toast = useToast()
  const set = useAction('files.set')
  const [up, setUp] = useState(shown(settings.uploadBytesPerSecond))
  const [down, setDown] = useState(shown(settings.downloadBytesPerSecond))
  const [sequential, setSequential] = useState(settings.sequential ?? false)
  const save = (): void =>
    set.mutate(
      { content, up: (up ?? 0) * unit, down: (down ?? 0) * unit, sequential },
      { onSuccess: () => toast.show({ text: t.saved, look: 'good' }), onError: toast.fail },
    )
  return (
    <form
      className={css.limits}
      aria-label={t.limits}
      onSubmit={event => {
        event.preventDefault()
        save()
      }}
    >
      <NumberField
        label={t.limitDown}
        hint={t.limitHint}
        unit="kB/s"
        min={0}
        value={down}
        onChange={setDown}
      />
      <NumberField label={t.limitUp} hint={t.limitHint} unit="kB/s" min={0} value={up} onChange={setUp} />
      <Checkbox label={t.sequential} checked={sequential} onChange={setSequential} />
      <Button type="submit" busy={set.isPending}>
        {t.save}
      </Button>
    </form>
  )
}

function shown(bytesPerSecond: number | undefined): number | undefined {
  return bytesPerSecond ? bytesPerSecond / unit : undefined
}
