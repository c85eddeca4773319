import { type ReactNode, useState } from 'react'
import { useValue } from '../../api/hooks.ts'
import { ipfs } from '../../texts/ipfs.ts'
import { useTexts } from '../../texts/texts.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { TextField } from '../../ui/field.tsx'
import { useFormat } from '../../ui/format.ts'
import css from './ipfs.module.css'
import { Target } from './target.tsx'

/** Where a name leads now, of whomever it is. */
export function Resolve(): ReactNode {
  const texts = useTexts(ipfs).names
  const format = useFormat()
  const [text, setText] = useState('')
  const [name, setName] = useState('')
  const { data, error, isFetching, refetch } = useValue('names.resolve', { name }, { enabled: name !== '' })
  return (
    <Card title={texts.resolve}>
      <form
        className={css.ask}
        onSubmit={event => {
          event.preventDefault()
          const asked = text.trim()
          if (asked === '') return
          if (asked === name) void refetch()
          else setName(asked)
        }}
      >
        <TextField label={texts.resolveLabel} maxLength={1024} value={text} onChange={setText} />
        <Button type="submit" icon="search" busy={isFetching} disabled={text.trim() === ''}>
          {texts.resolveAction}
        </Button>
      </form>
      {error !== null && !isFetching && <ErrorState error={error} />}
      {data !== undefined && !isFetching && error === null && (
        <p role="status">
          {texts.leads} <Target of={data} />
          <span className={css.soft}> · {texts.until(format.dateTime(data.validUntil))}</span>
        </p>
      )}
    </Card>
  )
}
