import { type ReactNode, useState } from 'react'
import type { Answer } from '../../api/client.ts'
import { useAction, useValue } from '../../api/hooks.ts'
import { FolderPicker } from '../../app/folder-picker.tsx'
import { PageHeading } from '../../app/page-heading.tsx'
import { navigate } from '../../app/router.tsx'
import { sharing } from '../../texts/sharing.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { PathText } from '../../ui/safe-text.tsx'
import css from './first-run.module.css'

type Setup = Answer<'setup.show'>
type Preset = 'open' | 'circle' | 'lan'

/** What a new user is asked once. */
export function Page(): ReactNode {
  const texts = useTexts(sharing).firstRun
  const setup = useValue('setup.show')
  return (
    <div className={css.page}>
      <PageHeading title={texts.title} lead={texts.lead} />
      {setup.error !== null ? (
        <ErrorState error={setup.error} onRetry={() => void setup.refetch()} />
      ) : setup.data === undefined ? (
        <Loading />
      ) : (
        <Questions before={setup.data} />
      )}
    </div>
  )
}

function Questions({ before }: { readonly before: Setup }): ReactNode {
  const texts = useTexts(sharing).firstRun
  const finish = useAction('setup.finish')
  const [name, setName] = useState(before.name)
  const [downloads, setDownloads] = useState(before.downloads)
  const [preset, setPreset] = useState(before.preset as Preset)
  const [isChoosing, setChoosing] = useState(false)
  if (finish.data?.needsRestart)
    return (
      <EmptyState icon="check" title={texts.title} text={texts.restart}>
        <Button look="primary" onClick={() => navigate('/')}>
          {texts.next}
        </Button>
      </EmptyState>
    )
  const submit = (): void =>
    finish.mutate(
      { name: name.trim(), downloads, preset },
      { onSuccess: ({ needsRestart }) => needsRestart || navigate('/') },
    )
  return (
    <form
      className={css.form}
      onSubmit={event => {
        event.preventDefault()
        submit()
      }}
    >
      <Card>
        <TextField
          label={texts.name}
          hint={texts.nameHint}
          value={name}
          maxLength={64}
          required
          onChange={setName}
        />
        <div className={css.downloads}>
          <h2>{texts.downloads}</h2>
          <p className={css.path}>
            <PathText path={downloads} />
          </p>
          <Button icon="folder" onClick={() => setChoosing(true)}>
            {texts.change}
          </Button>
        </div>
        <RadioCards
          legend={texts.preset}
          value={preset}
          onChange={setPreset}
          options={[
            { value: 'open', label: texts.open, hint: texts.openHint, icon: 'globe' },
            { value: 'circle', label: texts.circle, hint: texts.circleHint, icon: 'people' },
            { value: 'lan', label: texts.lan, hint: texts.lanHint, icon: 'device' },
          ]}
        />
        {finish.error !== null && <ErrorState error={finish.error} />}
        <div className={css.end}>
          <Button look="primary" type="submit" busy={finish.isPending} disabled={name.trim() === ''}>
            {texts.done}
          </Button>
        </div>
      </Card>
      <FolderPicker
        open={isChoosing}
        onClose={() => setChoosing(false)}
        onPick={path => {
          setDownloads(path)
          setChoosing(false)
        }}
      />
    </form>
  )
}
